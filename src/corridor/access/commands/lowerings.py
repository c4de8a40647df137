"""Lowering a tier on the command line, as a person: propose, agree, list. Shown under `corridor assurance`."""

from typing import Annotated, cast

import typer

from corridor.access.commands.acting import KeyFile
from corridor.access.commands.requests import who
from corridor.access.service.lowerings import Lowerings
from corridor.assurance import TITLES, Domain, LoweringStanding, Tier
from corridor.core.records import RecordId
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

Reasons = Annotated[str, typer.Option(help="Why; it is kept, and told to partners.")]


def lower(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="A model that was stated, or a file's digest.")],
    tier: Annotated[int, typer.Argument(min=0, max=3, help="0 minimal to 3 critical.")],
    reasons: Reasons,
    domain: Annotated[Domain, typer.Option(help="What the risk is of.")] = "general",
    days: Annotated[
        int, typer.Option(help="For so long; then the tier is what it would be.")
    ] = 180,
    evidence: Annotated[
        list[str] | None, typer.Option(help="An evaluation record's id; may be repeated.")
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="The file, where names differ.")] = None,
    key: KeyFile = None,
) -> None:
    """Propose a lower tier. It counts when a person of another organisation has agreed.

    Example: corridor assurance lower small 1 --domain cyber --reasons "tested by two teams" --key asha.key
    """
    runtime = runtime_of(context)
    person = who(runtime, key)
    with runtime.store.transaction(person.name) as tx:
        proposal = runtime.service(Lowerings).propose(
            tx,
            person,
            model,
            cast("Tier", tier),
            reasons,
            domain=domain,
            days=days,
            evidence=tuple(RecordId(each) for each in evidence or ()),
            sha256=sha256,
        )
    out.print(f"Proposed as {proposal.id}; it counts when another organisation agrees.")


def confirm(
    context: typer.Context,
    lowering: Annotated[str, typer.Argument(help="The proposal's id, this node's or a partner's.")],
    reasons: Reasons,
    seen: Annotated[
        str | None,
        typer.Option("--sha256", help="Of the proposal that you saw; without it, as it is."),
    ] = None,
    key: KeyFile = None,
) -> None:
    """Agree to a lower tier, as a person of another organisation than who proposed it.

    Example: corridor assurance confirm 3f2a… --reasons "we repeated the tests" --key yuki.key
    """
    runtime = runtime_of(context)
    person = who(runtime, key)
    lowerings = runtime.service(Lowerings)
    with runtime.store.transaction(person.name) as tx:
        kept = lowerings.lowering.proposal(tx, lowering)
        lowerings.confirm(tx, person, lowering, sha256=seen or kept.entry.sha256, reasons=reasons)
    said = kept.record
    out.print(
        f"{said.model} is of tier {said.tier}, {TITLES[said.tier]}, in {said.domain} "
        f"at {kept.entry.issuer} till {said.until:%Y-%m-%d}, unless something newer says otherwise.",
        highlight=False,
    )


def lowerings(context: typer.Context, as_json: AsJson = False) -> None:
    """List what was proposed to be lowered, here and at partners, and who agreed.

    Example: corridor assurance lowerings --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Lowerings).all(view)
    if as_json:
        show_json([_shown(each) for each in found])
        return
    show_table(
        "Proposed lower tiers",
        ("id", "node", "model", "domain", "tier", "by", "agreed", "till"),
        [
            (
                each.proposal.id,
                each.issuer,
                f"{each.proposal.model} ({each.proposal.model_sha256[:12]}…)",
                each.proposal.domain,
                f"{each.proposal.tier} {TITLES[each.proposal.tier]}",
                f"{each.proposal.proposed_by} of {each.proposal.organisation}",
                ", ".join(_names(each)) or "nobody yet",
                "over" if each.is_over else f"{each.proposal.until:%Y-%m-%d}",
            )
            for each in found
        ],
    )


def _names(found: LoweringStanding) -> list[str]:
    return [f"{word.confirmed_by} of {word.organisation}" for _, word in found.confirmations]


def _shown(found: LoweringStanding) -> dict[str, object]:
    return {
        "issuer": found.issuer,
        "sha256": found.sha256,
        "lowers": found.lowers,
        "over": found.is_over,
        "proposal": found.proposal.model_dump(mode="json"),
        "confirmations": [
            {"issuer": issuer, **word.model_dump(mode="json")}
            for issuer, word in found.confirmations
        ],
    }
