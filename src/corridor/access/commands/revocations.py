"""Closing and opening again on the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from corridor.access.commands.acting import KeyFile
from corridor.access.commands.ids import closed_target, revocation_id
from corridor.access.commands.requests import viewer_at
from corridor.access.records import Revocation, Scope
from corridor.access.service.revocations import Revocations
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="Close what may not be used any more.", no_args_is_help=True)

ScopeOf = Annotated[Scope, typer.Argument(metavar="SCOPE", help="|".join(Scope.__args__))]
Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET", help="A name, an id of a grant, a key's prefix, a digest, a country."
    ),
]
Reason = Annotated[
    str, typer.Option(help="Why. Partners read it, but for a person or key: name nobody else.")
]
Whole = Annotated[
    bool, typer.Option("--whole", help="An organisation with all of its users, not single ones.")
]
LiftReason = Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")]


@commands.command("revoke")
def revoke(
    context: typer.Context,
    scope: ScopeOf,
    target: Target,
    reason: Reason,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="UTC; without it for good."),
    ] = None,
    whole: Whole = False,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Close something, for good unless an end is named; on every worker within a second.

    Example: corridor access revoke principal alice --reason "the laptop was stolen"
    """
    end = until.replace(tzinfo=UTC) if until else None
    made = _closed(runtime_of(context), scope, target, reason, end, key, whole=whole)
    _show(made, as_json=as_json)


@commands.command("suspend")
def suspend(
    context: typer.Context,
    scope: ScopeOf,
    target: Target,
    reason: Reason,
    hours: Annotated[float, typer.Option(min=0.001, max=8760, help="For how long.")] = 24,
    whole: Whole = False,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Close something for some hours.

    Example: corridor access suspend organisation acme --reason "misuse is looked into" --whole
    """
    runtime = runtime_of(context)
    end = runtime.service(Revocations).clock() + timedelta(hours=hours)
    _show(_closed(runtime, scope, target, reason, end, key, whole=whole), as_json=as_json)


@commands.command("lift")
def lift(
    context: typer.Context,
    revocation: Annotated[
        str, typer.Argument(metavar="ID", help="As `revocations` shows it, or its beginning.")
    ],
    reason: LiftReason,
    key: KeyFile = None,
) -> None:
    """Open again what this node closed, before the time.

    Example: corridor access lift 3f2a… --reason "it was a mistake"
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        by = viewer_at(runtime, view, key)
    with runtime.store.transaction(by.name if by else "cli") as tx:
        revocation = revocation_id(runtime, tx, revocation)
        lifted = runtime.service(Revocations).lift(tx, revocation, reason, by)
    more = f", and {len(lifted) - 1} that followed from it" if len(lifted) > 1 else ""
    out.print(f"Revocation {revocation} is lifted{more}.", highlight=False, markup=False)


@commands.command("revocations")
def revocations(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is closed, by whom, why and until when; partners' word included.

    Example: corridor access revocations --all --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Revocations).revocations(view)
    shown = [each for each in found if every or each.closes]
    if as_json:
        show_json([each.model_dump(mode="json") for each in shown])
        return
    show_table(
        "Revocations",
        ("id", "by", "closes", "until", "why", "now"),
        [
            (
                each.revocation.id,
                each.issuer,
                f"{each.revocation.scope} {each.revocation.target}",
                _end(each.revocation),
                each.revocation.reason,
                "closed" if each.closes else f"open: {each.lifted_because or 'its time is over'}",
            )
            for each in shown
        ],
    )


def _closed(
    runtime: Runtime,
    scope: Scope,
    target: str,
    reason: str,
    until: datetime | None,
    key: Path | None,
    *,
    whole: bool,
) -> list[Revocation]:
    with runtime.store.view() as view:
        by = viewer_at(runtime, view, key)
    with runtime.store.transaction(by.name if by else "cli") as tx:
        target = closed_target(runtime, tx, scope, target, by)
        return runtime.service(Revocations).revoke(
            tx, scope, target, reason, by, until=until, whole=whole
        )


def _show(made: list[Revocation], *, as_json: bool) -> None:
    if as_json:
        show_json([each.model_dump(mode="json") for each in made])
        return
    first = made[0]
    text = f"{first.scope} {first.target} is closed, {_end(first)}: revocation {first.id}."
    out.print(text, highlight=False, markup=False)
    grants = sum(each.scope == "grant" for each in made[1:])
    if grants:
        out.print(f"Partners are told to close {grants} grants.", highlight=False)
    if others := len(made) - 1 - grants:
        out.print(f"So are {others} that its holder made in its place.", highlight=False)


def _end(revocation: Revocation) -> str:
    return f"until {revocation.until:%Y-%m-%d %H:%M} UTC" if revocation.until else "for good"
