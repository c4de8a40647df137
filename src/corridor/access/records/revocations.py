"""Closing: what is revoked or suspended, why and until when, and what ends it early."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from corridor.core.records import Part, Record, RecordId

Scope = Literal[
    "grant", "key", "principal", "project", "organisation", "model", "purpose", "jurisdiction"
]


class Revocation(Record):
    """Something is closed: for good, or (a suspension) until a moment."""

    kind: ClassVar[str] = "access.revocation"

    scope: Scope
    target: str = Field(min_length=1, max_length=200)
    """An id of a grant or key, a name, a digest of a model, a country."""
    reason: str = Field(min_length=3, max_length=2_000)
    until: AwareDatetime | None = None
    part_of: RecordId | None = None
    """The revocation that this one makes known to partners; lifted with it."""


class RevocationLifted(Record):
    """A revocation or suspension that ends before its time."""

    kind: ClassVar[str] = "access.revocation_lifted"

    revocation_id: RecordId
    reason: str = Field(min_length=3, max_length=2_000)


class RevocationStanding(Part):
    """A revocation, whose it is, and whether it closes now."""

    issuer: str
    revocation: Revocation
    closes: bool
    lifted_because: str | None = None
