"""Other nodes and access on the command line: who vouches for its grants, and who a pseudonym is."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from corridor.access.commands.acting import KeyFile, person_at
from corridor.access.commands.ids import grant_id, pseudonym_id, question_id
from corridor.access.records.borders import LeaseStanding, ResolutionStanding
from corridor.access.service.borders import Borders
from corridor.access.service.resolutions import Resolutions
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="Access across borders.", no_args_is_help=True)

QuestionId = Annotated[
    str,
    typer.Argument(metavar="QUESTION", help="Its id, as `resolutions` shows it, or its beginning."),
]
Reason = Annotated[
    str, typer.Option(help="Why, in ten letters at least. All partners can read it: name nobody.")
]


@commands.command("leases")
def leases(context: typer.Context, as_json: AsJson = False) -> None:
    """List which partners have vouched for their grants here, when, and what that opens still.

    Example: corridor access leases --json
    """
    runtime = runtime_of(context)
    borders = runtime.service(Borders)
    with runtime.store.view() as view:
        found = borders.leases(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    now = borders.clock()
    show_table(
        "Leases",
        ("partner", "grants", "last word", "its log", "here", "revocations", "closed tiers"),
        [_lease_row(each, now) for each in found],
    )


@commands.command("resolve")
def resolve(
    context: typer.Context,
    pseudonym: Annotated[str, typer.Argument(help="As the account of decisions shows it.")],
    grant: Annotated[str, typer.Option(metavar="ID", help="The grant that it was used with.")],
    reason: Reason,
) -> None:
    """Ask the node that issued a grant who its grantee is; its people decide whether to tell.

    Example: corridor access resolve 5f0c… --grant 91ab… --reason "scanned hosts of others, case 12"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        who, which = pseudonym_id(runtime, tx, pseudonym), grant_id(runtime, tx, grant)
        question = runtime.service(Resolutions).ask(tx, who, which, reason)
    out.print(f"Asked of {question.asked_of}: {question.id}", highlight=False)
    out.print(
        f"When it is answered, `corridor access resolved {question.id}` shows who it is.",
        highlight=False,
    )


@commands.command("resolved")
def resolved(context: typer.Context, question: QuestionId, as_json: AsJson = False) -> None:
    """Fetch and show who a pseudonym is, after its node has agreed to tell. It is kept nowhere.

    Example: corridor access resolved 0b7d…
    """
    runtime = runtime_of(context)
    resolutions = runtime.service(Resolutions)
    with runtime.store.view() as view:
        standing, partner = resolutions.answered(view, question_id(runtime, view, question))
    told = asyncio.run(resolutions.fetch(standing, partner))
    with runtime.store.transaction("cli") as tx:
        resolutions.note_told(tx, standing)
    if as_json:
        show_json(told.model_dump(mode="json"))
        return
    out.print(f"{told.pseudonym} is the {told.type} {told.name} of {told.organisation}.")
    if told.responsible:
        out.print(f"{told.responsible} answers for it.", highlight=False)


@commands.command("resolutions")
def resolutions(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are answered.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the questions who a pseudonym is that wait: those asked of this node, and its own.

    Example: corridor access resolutions --all
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Resolutions).standings(view)
    shown = [each for each in found if every or each.stage == "waits"]
    if as_json:
        show_json([each.model_dump(mode="json") for each in shown])
        return
    show_table(
        "Questions who somebody is",
        ("id", "asked by", "asked of", "pseudonym", "grant", "since", "reason", "answer"),
        [_question_row(each) for each in shown],
    )


@commands.command("answer")
def answer(
    context: typer.Context,
    question: QuestionId,
    tell: Annotated[bool, typer.Option("--tell/--refuse", help="Whether the name is told.")],
    reason: Reason,
    key: KeyFile = None,
) -> None:
    """Decide whether a partner is told who a pseudonym is; an operator or approver does, by a key.

    Example: corridor access answer 0b7d… --tell --reason "misuse is evident" --key ~/asha.key
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        person = person_at(runtime, view, key)
    outcome = "answered" if tell else "refused"
    with runtime.store.transaction(person.name) as tx:
        question = question_id(runtime, tx, question)
        said = runtime.service(Resolutions).answer(tx, person, question, outcome, reason)
    what = "can fetch the name now" if tell else "is refused"
    out.print(f"{said.asked_by} {what}.", highlight=False)


def _lease_row(standing: LeaseStanding, now: datetime) -> tuple[object, ...]:
    if standing.made_at is None:
        return (
            standing.issuer,
            standing.grants,
            "never",
            None,
            standing.log_known,
            "unknown",
            "all",
        )
    closed = [
        str(tier) for tier, end in enumerate(standing.ends_at) if end is not None and end <= now
    ]
    return (
        standing.issuer,
        standing.grants,
        f"{(now - standing.made_at).total_seconds():.0f} s ago",
        standing.log_size,
        standing.log_known,
        "may be missing" if standing.behind else "all known",
        "all" if standing.behind else ", ".join(closed) or "none",
    )


def _question_row(standing: ResolutionStanding) -> tuple[object, ...]:
    return (
        standing.id,
        standing.asked_by,
        standing.asked_of,
        standing.pseudonym,
        standing.grant_id,
        f"{standing.asked_at:%Y-%m-%d %H:%M}",
        standing.reason,
        "waits" if standing.stage == "waits" else f"{standing.stage}: {standing.answer}",
    )
