"""Asking for access on the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from corridor.access.commands.acting import KeyFile, person_at
from corridor.access.commands.ids import request_id
from corridor.access.errors import Incomplete
from corridor.access.records import Principal
from corridor.access.records.requests import Draft, Gap, RequestState
from corridor.access.rules.drafts import HOW, MAX_DRAFT_BYTES, fields_in, flattened
from corridor.access.service.requests import Requests
from corridor.core.errors import Invalid, Unavailable
from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import EXIT_CODES, AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="Ask for access.", no_args_is_help=True)

File = Annotated[
    Path | None, typer.Option("--file", help="Fields of the request, in YAML or JSON.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="One field; may be repeated."),
]
RequestId = Annotated[
    str, typer.Argument(metavar="ID", help="Of a request or draft; its beginning is enough.")
]
DraftId = Annotated[
    str,
    typer.Argument(metavar="DRAFT", help="Its id, as `ask` printed it, or the beginning of it."),
]
Reason = Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")]
SPACE = 26


@commands.command("ask")
def ask(
    context: typer.Context,
    file: File = None,
    settings: Set = None,
    tier: Annotated[
        int | None,
        typer.Option(min=0, max=3, help="Any model of this node up to this tier; name no model."),
    ] = None,
    submit: Annotated[
        bool, typer.Option("--submit", help="Hand it in, if it is complete.")
    ] = False,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Begin a request for access; it is kept though fields are missing.

    With --submit the exit code is 2 if it is not complete, and so was not handed in.

    With --tier no model is named: an approver names the exact ones, and each is granted by itself.

    Example: corridor access ask --file request.yaml --tier 1 --set days=30
    """
    runtime = runtime_of(context)
    requests = runtime.service(Requests)
    changes = given(file, settings)
    if tier is not None:
        changes["tier"] = tier
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        draft = requests.new(tx, person, changes)
        gaps = requests.missing(tx, draft)
    if submit and not any(gap.blocks for gap in gaps):
        with runtime.store.transaction(person.name) as tx:
            requests.submit(tx, draft.id, person)
            state = requests.state(tx, draft.id, person)
        _show_state(state, as_json=as_json)
        return
    _show_draft(draft, gaps, as_json=as_json)
    if submit:  # it is kept, and was not handed in
        raise typer.Exit(EXIT_CODES[Invalid])


@commands.command("edit")
def edit(
    context: typer.Context,
    draft: DraftId,
    file: File = None,
    settings: Set = None,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Change fields of a draft; an empty value takes a field out.

    Example: corridor access edit 3f2a… --set languages=hi-Deva,ja-Jpan --set affected=
    """
    runtime = runtime_of(context)
    requests = runtime.service(Requests)
    changes = given(file, settings)
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        draft = request_id(runtime, tx, draft, person)
        changed = requests.edit(tx, draft, person, changes)
        gaps = requests.missing(tx, changed)
    _show_draft(changed, gaps, as_json=as_json)


@commands.command("submit")
def submit(
    context: typer.Context, draft: DraftId, key: KeyFile = None, as_json: AsJson = False
) -> None:
    """Hand a draft in; it is signed as it is and does not change any more.

    Example: corridor access submit 3f2a…
    """
    runtime = runtime_of(context)
    requests = runtime.service(Requests)
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        request = requests.submit(tx, request_id(runtime, tx, draft, person), person)
        state = requests.state(tx, request.id, person)
    _show_state(state, as_json=as_json)


@commands.command("list")
def list_(context: typer.Context, key: KeyFile = None, as_json: AsJson = False) -> None:
    """List requests and drafts, how they stand, and what each waits for.

    With a key: those that its person may see. Without one: all, for the node's operator.

    Example: corridor access list --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        viewer = viewer_at(runtime, view, key)
        found = runtime.service(Requests).states(view, viewer)
    if as_json:
        show_json([state.model_dump(mode="json") for state in found])
        return
    show_table(
        "Requests",
        ("id", "asked by", "for", "model", "stands", "waits for"),
        [
            (
                state.id,
                state.asked_by,
                _purpose(state),
                _model(state),
                state.stage,
                "; ".join(wait.words for wait in state.waits) or "nothing",
            )
            for state in found
        ],
    )


@commands.command("show")
def show(
    context: typer.Context, request: RequestId, key: KeyFile = None, as_json: AsJson = False
) -> None:
    """Show a request or draft: every field, how it stands, and what it waits for.

    Example: corridor access show 3f2a…
    """
    runtime = runtime_of(context)
    requests = runtime.service(Requests)
    with runtime.store.view() as view:
        viewer = viewer_at(runtime, view, key)
        request = request_id(runtime, view, request, viewer)
        state = requests.state(view, request, viewer)
        draft = requests.draft(view, request, viewer) if state.stage == "draft" else None
        gaps = requests.missing(view, draft) if draft else []
    if draft is not None:
        _show_draft(draft, gaps, as_json=as_json)
    else:
        _show_state(state, as_json=as_json)


@commands.command("withdraw")
def withdraw(
    context: typer.Context, request: RequestId, reason: Reason, key: KeyFile = None
) -> None:
    """Take back a request of your own that did not become a grant.

    Example: corridor access withdraw 3f2a… --reason "not needed any more"
    """
    runtime = runtime_of(context)
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        request = request_id(runtime, tx, request, person)
        runtime.service(Requests).withdraw(tx, request, person, reason)
    out.print(f"Request {request} is withdrawn.", highlight=False, markup=False)


def who(runtime: Runtime, key: Path | None) -> Principal:
    """Return the person who acts."""
    with runtime.store.view() as view:
        return person_at(runtime, view, key)


def viewer_at(runtime: Runtime, view: View, key: Path | None) -> Principal | None:
    """Return the person who looks; None for the operator, who has the node's folder."""
    return None if key is None else person_at(runtime, view, key)


def given(file: Path | None, settings: Sequence[str] | None) -> dict[str, JsonValue]:
    """Return the fields of a file and of `FIELD=VALUE` words, which come after.

    Raises:
        Unavailable: if the file cannot be read.
        Incomplete: if it holds no fields, or a word is no field with a value.
    """
    fields: dict[str, JsonValue] = {}
    if file is not None:
        try:
            with file.open("rb") as opened:
                data = opened.read(MAX_DRAFT_BYTES + 1)
        except OSError as error:
            raise Unavailable(f"{file} cannot be read: {error.strerror}.") from error
        fields |= dict(flattened(fields_in(data.decode("utf-8", errors="replace"))))
    for word in settings or ():
        name, sign, value = word.partition("=")
        if not sign:
            raise Incomplete(f"{word[:80]!r} is no FIELD=VALUE.", hint="Write --set days=30.")
        fields[name.strip()] = value.strip()
    return fields


def _show_draft(draft: Draft, gaps: Sequence[Gap], *, as_json: bool) -> None:
    if as_json:
        show_json(
            draft.model_dump(mode="json") | {"missing": [g.model_dump(mode="json") for g in gaps]}
        )
        return
    out.print(f"Draft {draft.id}", highlight=False, markup=False)
    for name in HOW:
        if name in draft.fields:
            out.print(
                f"  {name:{SPACE}} {_value(draft.fields[name])}", highlight=False, markup=False
            )
    for gap in gaps:
        word = "needs" if gap.blocks else "note"
        text = f"  {word:5} {gap.field}: {gap.why}. {gap.how}"
        out.print(text, highlight=False, markup=False)
    if not any(gap.blocks for gap in gaps):
        text = f"It is complete: corridor access submit {draft.id}"
        out.print(text, highlight=False, markup=False)


def _show_state(state: RequestState, *, as_json: bool) -> None:
    if as_json:
        show_json(state.model_dump(mode="json"))
        return
    asked = state.form or state.tier_form
    form = asked.model_dump(mode="json") if asked else {}
    of = "tier of the model" if state.form else "any model up to tier"
    lines = [
        f"Request {state.id}",
        f"  {'stands':{SPACE}} {state.stage}",
        *(f"  {'waits for':{SPACE}} {wait.words}" for wait in state.waits),
        *(
            [f"  {'refused because':{SPACE}} {state.refused_because}"]
            if state.refused_because
            else []
        ),
        f"  {'asked by':{SPACE}} {state.asked_by}, {state.asked_at:%Y-%m-%d %H:%M} UTC",
        f"  {of:{SPACE}} {state.tier}",
        f"  {'approved by':{SPACE}} {', '.join(state.approved_by) or 'nobody yet'}",
        *([f"  {'grant':{SPACE}} {state.grant_id}"] if state.grant_id else []),
        *([f"  {'came of':{SPACE}} {state.tier_request_id}"] if state.tier_request_id else []),
        *(f"  {'became':{SPACE}} {request}" for request in state.became),
        f"  {'digest to decide on':{SPACE}} {state.sha256}",
        *(f"  {name:{SPACE}} {_value(value)}" for name, value in flattened(form)),
    ]
    for line in lines:
        out.print(line, highlight=False, markup=False)


def _value(value: JsonValue) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return "none" if value in (None, "") else str(value)


def _purpose(state: RequestState) -> str:
    asked = state.form or state.tier_form
    return asked.purpose if asked else ""


def _model(state: RequestState) -> str:
    if state.tier_form is not None:
        return f"any up to tier {state.tier_form.tier}"
    return state.form.model if state.form else ""
