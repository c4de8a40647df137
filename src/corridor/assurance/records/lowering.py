"""Lowering a tier: one person proposes, another of another organisation confirms."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from corridor.assurance.records.tiers import Domain, Tier
from corridor.catalogue import Name, Sha256
from corridor.core.records import Record, RecordId, Subject


class TierLowering(Record):
    """Somebody proposes a lower tier for a model in one domain. It lowers nothing before it is confirmed."""

    kind: ClassVar[str] = "assurance.tier_lowering"

    model: Name
    """What the model is called; only the digest decides."""
    model_sha256: Sha256
    domain: Domain
    tier: Tier
    reasons: str = Field(min_length=10, max_length=4_000)
    evidence: tuple[RecordId, ...] = ()
    """The evaluation records that it rests on."""
    proposed_by: Name
    organisation: Name
    """Of that person."""
    until: AwareDatetime
    """Then it counts no longer, and the tier is what it would be without."""

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file."""
        return (Subject(name=self.model, sha256=self.model_sha256),)


class LoweringConfirmed(Record):
    """Somebody of another organisation says the same, on the very bytes of the proposal.

    A partner's node states it for its own people.
    """

    kind: ClassVar[str] = "assurance.tier_lowering_confirmed"

    lowering_issuer: str = Field(max_length=63)
    """The node whose proposal it is."""
    lowering_id: RecordId
    lowering_sha256: Sha256
    """Of the signed proposal that was seen."""
    confirmed_by: Name
    organisation: Name
    """Of that person."""
    reasons: str = Field(min_length=10, max_length=4_000)
