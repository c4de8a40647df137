"""Tool calls of agents that wait for a person, on the command line."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from corridor.access.commands.acting import KeyFile
from corridor.access.commands.ids import call_id
from corridor.access.commands.requests import viewer_at, who
from corridor.access.records.tool_calls import AskedCall, ToolAnswer
from corridor.access.rules.tool_calls import in_sight
from corridor.access.service.tool_calls import ToolCalls
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="Tool calls of agents that wait for you.", no_args_is_help=True)

CallId = Annotated[
    str, typer.Argument(metavar="ID", help="Its id, as `list` shows it, or its beginning.")
]
Reason = Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")]
SPACE = 12


@commands.command("list")
def list_(context: typer.Context, key: KeyFile = None, as_json: AsJson = False) -> None:
    """List the calls that wait, the most urgent first. No answer in time means no.

    With a key: those that its person may see. Without one: all, for the node's operator.

    Example: corridor access tool-call list --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(ToolCalls).waiting(view, viewer_at(runtime, view, key))
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Tool calls that wait",
        ("id", "agent", "for", "tool", "arguments", "because", "until"),
        [
            (
                each.id,
                each.agent,
                each.project,
                in_sight(each.tool),
                in_sight(each.arguments[:100]) + ("…" if len(each.arguments) > 100 else ""),
                _words(each.reasons),
                _moment(each.until),
            )
            for each in found
        ],
    )


@commands.command("show")
def show(
    context: typer.Context, call: CallId, key: KeyFile = None, as_json: AsJson = False
) -> None:
    """Show a call that waits, with all of its arguments.

    Example: corridor access tool-call show 3f2a…
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        viewer = viewer_at(runtime, view, key)
        call = call_id(runtime, view, call, viewer)
        asked = runtime.service(ToolCalls).asked(view, call, viewer)
    if as_json:
        show_json(asked.model_dump(mode="json"))
        return
    for name, value in _lines(asked):
        out.print(f"  {name:{SPACE}} {value}", highlight=False, markup=False)


@commands.command("allow")
def allow(context: typer.Context, call: CallId, reason: Reason, key: KeyFile = None) -> None:
    """Let a call run, this one and once. You are an approver or operator, and it is not yours.

    Example: corridor access tool-call allow 3f2a… --reason "the host is ours"
    """
    _answer(context, call, "allow", reason, key)


@commands.command("refuse")
def refuse(context: typer.Context, call: CallId, reason: Reason, key: KeyFile = None) -> None:
    """Let a call not run. The agent may propose another.

    Example: corridor access tool-call refuse 3f2a… --reason "it mails people outside"
    """
    _answer(context, call, "refuse", reason, key)


def _answer(
    context: typer.Context, call: str, answer: ToolAnswer, reason: str, key: Path | None
) -> None:
    runtime = runtime_of(context)
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        call = call_id(runtime, tx, call, person)
        told = runtime.service(ToolCalls).answer(tx, call, person, answer, reason)
    if told.verdict == "allow":
        text = f"Allowed, once, until {told.until:%H:%M:%S} UTC."
    elif answer == "allow":
        text = f"Denied all the same: {_words(told.reasons)}."
    else:
        text = "Refused."
    out.print(text, highlight=False, markup=False)


def _lines(asked: AskedCall) -> list[tuple[str, str]]:
    return [
        ("call", asked.id),
        ("agent", f"{asked.agent} of {asked.responsible or 'nobody'}"),
        ("project", asked.project),
        ("grant", asked.grant),
        ("tool", in_sight(asked.tool)),
        ("arguments", in_sight(asked.arguments)),
        ("it says", in_sight(asked.why) or "nothing"),
        ("waits for", _words(asked.reasons)),
        ("since", _moment(asked.made_at)),
        ("until", f"{_moment(asked.until)} UTC; no answer means no"),
    ]


def _words(reasons: tuple[str, ...]) -> str:
    return ", ".join(reason.replace("_", " ") for reason in reasons)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
