"""How risky one exact model is held to be."""

from typing import ClassVar, Literal

from pydantic import Field

from corridor.catalogue import Name, Sha256
from corridor.core.records import Record, RecordId, Subject

Tier = Literal[0, 1, 2, 3]
"""0 minimal, 1 limited, 2 high, 3 critical. What each asks for is decided in `access`."""
Domain = Literal["general", "biology", "cyber", "manipulation", "research", "autonomy"]
"""What the risk is of; the highest tier in any domain counts."""

Act = Literal["set", "raised"]
"""set: the first word on a file in a domain, or any word of a release before this. raised: a higher tier
than was known, or a floor below which no evidence brings it."""

HIGHEST: Tier = 3
DOMAINS: dict[Domain, str] = {
    "general": "general harm",
    "biology": "biological and chemical harm",
    "cyber": "offence in computer networks",
    "manipulation": "manipulation of people",
    "research": "automation of research on machine learning",
    "autonomy": "autonomy and self-replication",
}
TITLES: dict[Tier, str] = {0: "minimal", 1: "limited", 2: "high", 3: "critical"}


class RiskTier(Record):
    """The tier of a model in one domain, as a person set or raised it, with reasons; the newest counts.

    A word that raised a tier counts though it was taken back: lowering takes two (`TierLowering`). It
    names the model by the digest of its file: the same weights under another name have it too.
    """

    kind: ClassVar[str] = "assurance.risk_tier"
    minor: ClassVar[int] = 1

    model: Name
    """What the model was called; only the digest decides."""
    model_sha256: Sha256
    domain: Domain = "general"
    tier: Tier
    act: Act = "set"
    framework: str = Field(max_length=200)
    """By which framework or thresholds; `own judgement` where by none."""
    reasons: str = Field(min_length=10, max_length=4_000)
    evidence: tuple[RecordId, ...] = ()
    """The evaluation records it was set on."""

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file."""
        return (Subject(name=self.model, sha256=self.model_sha256),)
