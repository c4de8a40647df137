"""Forks of partners' logs, and the account of what partners did, on the command line."""

import asyncio
from typing import Annotated

import typer

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.federation.errors import AuditLogChanged, WrongOldSize
from corridor.federation.ports import Seen, SeenLogs
from corridor.federation.records import AuditChecked, ForkStated, Partner
from corridor.federation.rules.witnessing import checkpoint_in
from corridor.federation.service import Cosigner, Federation, Gossip, Witness

ATTEMPTS = 3


def forks(context: typer.Context, as_json: AsJson = False) -> None:
    """List the evidence that partners' logs forked, and what of them does not fit or is not shown.

    Example: corridor partner forks --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Witness).forks(view)
        behind = runtime.service(Gossip).behind(view)
        unproved = runtime.service(Gossip).unproved(view)
    if as_json:
        show_json(
            {
                "forks": [each.model_dump(mode="json") for each in found],
                "behind": [each.model_dump(mode="json") for each in behind],
                "not_proved": [each.model_dump(mode="json") for each in unproved],
            }
        )
        return
    for each in found:
        _show(each)
    if not found:
        out.print("Forks: none known.")
    if behind:
        show_table(
            "Behind what it showed to others",
            ("log", "entries here", "entries shown", "to", "known since"),
            [
                (each.log, each.held, each.size, each.shown_to, f"{each.since:%Y-%m-%d %H:%M}")
                for each in behind
            ],
        )
    for each in unproved:
        out.print(
            f"{each.log} is not shown to be one log; that proves no fork. {each.shown_to} was shown "
            f"{each.size} acts by {each.since:%Y-%m-%d %H:%M}. {each.reason}",
            highlight=False,
            markup=False,
        )


def audit(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The partner's name.")],
    as_json: AsJson = False,
) -> None:
    """Check that a partner removed nothing from the account of its acts; it says nothing of them.

    Example: corridor partner audit north
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        partner = runtime.service(Federation).partner(view, name)
    try:
        found = _checked(runtime, partner)
    except AuditLogChanged as error:
        _keep_changed(runtime, partner, error)
        raise
    if as_json:
        show_json(found.model_dump(mode="json"))
    elif found.since is None:
        out.print(
            f"{found.log} has {found.size} acts. This node has cosigned it for the first time: "
            "what was there before may have been changed.",
            highlight=False,
        )
    else:
        out.print(
            f"{found.log} has {found.size} acts. Nothing was removed from or changed in the first "
            f"{found.checked} since {found.since:%Y-%m-%d %H:%M:%S} UTC. Nothing is known of what "
            "they say.",
            highlight=False,
        )


def _keep_changed(runtime: Runtime, partner: Partner, error: AuditLogChanged) -> None:
    """Keep what the partner showed: the running node compares it, and finds evidence if it can."""
    shown = Seen(origin=checkpoint_in(error.note).origin, note=error.note)
    with runtime.store.transaction("cli") as tx:
        tx.audit("partner.audit_changed", partner.name, why=error.message)
        runtime.service(Gossip).hear(tx, runtime.identity.name, SeenLogs(logs=(shown,)))


def _show(stated: ForkStated) -> None:
    fork = stated.fork
    who = f"{stated.stated_by} on {fork.made_at:%Y-%m-%d %H:%M}"
    if not stated.believed:
        words = f"{who} states that {fork.log} forked; that does not hold for the keys known here."
        out.print(words, highlight=False, markup=False)
        return
    notes = (fork.evidence.smaller, fork.evidence.larger)
    smaller, larger = (checkpoint_in(note).size for note in notes)
    out.print(
        f"{fork.log} forked: it signed two logs, of {smaller} and of {larger} entries, that exclude "
        f"each other. Stated by {who}.",
        highlight=False,
    )
    for note in notes:
        out.print(note, highlight=False, markup=False)


def _checked(runtime: Runtime, partner: Partner) -> AuditChecked:
    """Check the account, again where the partner hands in a checkpoint at the same moment."""
    cosigner = runtime.service(Cosigner)
    for attempt in range(1, ATTEMPTS + 1):
        with runtime.store.view() as view:
            last = cosigner.audit_states(view, partner)
        submission = asyncio.run(cosigner.audit_submission(partner, last))
        try:
            with runtime.store.transaction("cli") as tx:
                return cosigner.check_audit(tx, partner, submission)
        except WrongOldSize:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")
