"""When a proposal to lower a tier counts: two persons of different organisations have said it."""

from dataclasses import dataclass
from datetime import datetime

from corridor.assurance.records import Domain, LoweringConfirmed, Tier, TierLowering
from corridor.core.records import RecordId
from corridor.core.store import Kept


@dataclass(frozen=True, slots=True)
class Lowered:
    """A tier that two persons have lowered."""

    domain: Domain
    tier: Tier
    until: datetime
    at: datetime
    """When the second agreed."""
    record: RecordId
    """The proposal."""
    confirmation: RecordId
    confirmed_at_node: str
    """Whose record the confirmation is."""
    place: int
    """The confirmation's number among all that arrived."""


def why_not_confirmed(
    proposal: Kept[TierLowering], confirmation: LoweringConfirmed, issuer: str
) -> str:
    """Return why a confirmation does not count; empty where it does."""
    said, entry = proposal.record, proposal.entry
    if (confirmation.lowering_id, confirmation.lowering_issuer) != (said.id, entry.issuer):
        return "it is of another proposal"
    if confirmation.lowering_sha256 != entry.sha256:
        return "it is of other bytes than the proposal has"
    if confirmation.organisation == said.organisation:
        return f"both are of {said.organisation}"
    if issuer == entry.issuer and confirmation.confirmed_by == said.proposed_by:
        return f"both are {said.proposed_by}"
    return ""


def lowered(
    proposal: Kept[TierLowering], confirmation: LoweringConfirmed, issuer: str, place: int
) -> Lowered | None:
    """Return what a proposal and its confirmation come to; None where they are not two persons' word."""
    if why_not_confirmed(proposal, confirmation, issuer):
        return None
    said = proposal.record
    return Lowered(
        said.domain,
        said.tier,
        said.until,
        confirmation.made_at,
        said.id,
        confirmation.id,
        issuer,
        place,
    )
