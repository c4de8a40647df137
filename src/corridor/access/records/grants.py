"""Granting: who may use what for how long, on which evidence, and a partner's word on it."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from corridor.access.records.requests import (
    Conditions,
    Sensitivity,
    Surface,
    Target,
    UseClass,
    Verdict,
)
from corridor.assurance import Tier
from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, RecordId


class EvidenceUsed(Part):
    """A record that a grant rests on."""

    record_id: RecordId
    issuer: str
    sha256: Sha256
    """Of its signed envelope."""
    language: Language
    made_at: AwareDatetime


class Grant(Record):
    """Who may use what, on which surface, for which purpose, until when, on which evidence.

    It is all of these together: it gives nothing for another model, project, purpose or surface,
    and nothing for a lower tier. Its grantee is a pseudonym, which only the issuer can resolve.
    """

    kind: ClassVar[str] = "access.grant"

    grantee: str = Field(pattern=r"^[0-9a-f]{32}$")
    """The pseudonym of the grantee before the node whose model it is."""
    grantee_type: Literal["person", "service", "agent"]
    organisation: Name
    country: str | None
    """Of the organisation, ISO 3166-1 alpha-2."""
    identity_level: int = Field(ge=0, le=3)
    """How strongly the grantee's identity was verified when it was granted."""
    project: Name
    model: Name
    model_sha256: Sha256
    node: str
    """The node whose model it is."""
    tier: Tier
    """The model's tier when it was granted."""
    surface: Surface
    purpose: Name
    use_class: UseClass
    target: Target = Target()
    sensitivity: Sensitivity
    languages: tuple[Language, ...] = Field(min_length=1)
    conditions: Conditions
    evidence: tuple[EvidenceUsed, ...]
    approvals: int = Field(ge=0)
    """By how many different persons."""
    approver_countries: tuple[str, ...] = ()
    request_sha256: Sha256
    policy_version: Sha256
    valid_from: AwareDatetime
    until: AwareDatetime
    review_at: AwareDatetime
    lease_seconds: int | None = Field(default=None, ge=1)
    """How long another node may rely on it without hearing from the issuer."""


class Countersignature(Record):
    """A partner's word on a grant that another node issued: on the very same bytes."""

    kind: ClassVar[str] = "access.countersignature"

    grant_issuer: str
    grant_id: RecordId
    grant_sha256: Sha256
    """Of the signed envelope of the grant."""
    verdict: Verdict
    reason: str = Field(min_length=3, max_length=4_000)
    approvals: int = Field(ge=0)
    """By how many persons of the signing node; 0 where its policy accepted it by itself."""
    approver_countries: tuple[str, ...] = ()


class Review(Record):
    """Somebody looked at a grant again, and it may go on until the next look."""

    kind: ClassVar[str] = "access.review"

    grant_id: RecordId
    reviewer: Name
    reason: str = Field(min_length=3, max_length=4_000)
    next_at: AwareDatetime


GrantStage = Literal[
    "in_force",
    "not_yet",
    "ended",
    "withdrawn",
    "revoked",
    "suspended",
    "not_countersigned",
    "countersign_refused",
    "review_overdue",
]


class GrantStanding(Part):
    """How a grant stands now."""

    issuer: str
    grant: Grant
    sha256: Sha256
    """Of its signed envelope."""
    stage: GrantStage
    why: str
    """In words."""
    review_at: AwareDatetime
    """The next review, after those that were made."""
    countersigned_by: tuple[str, ...] = ()
    """Nodes whose newest word on these bytes is that they agree."""
    grantee: str = ""
    """The principal, where it is one of this node; else only the pseudonym is known."""


class Due(Part):
    """Something that somebody has to look at before long."""

    what: Literal["grant_ends", "review", "request_waits", "countersign"]
    id: RecordId
    at: AwareDatetime
    """When it ends or is to be reviewed; for what waits, since when."""
    words: str
