"""The record: the one shape in which Corridor keeps, signs and exchanges anything."""

import secrets
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Literal, NewType, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

RecordId = NewType("RecordId", str)

Visibility = Literal["internal", "partners", "public"]
"""Who may see a record: this node alone, its partners too, or everyone."""


WHOLE_ID = 32
"""Hex digits of an identifier."""


def new_id() -> RecordId:
    """Return an identifier no other record has."""
    return RecordId(secrets.token_hex(WHOLE_ID // 2))


class Part(BaseModel):
    """A value inside a record, or one that rules pass around: frozen, with no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def made_of(cls, values: dict[str, Any]) -> Self:
        """Return one with a value for each field, which are known to be right: none is looked at.

        For what is made on the way of every request; `values` belongs to it from then on.
        """
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", values)
        object.__setattr__(made, "__pydantic_fields_set__", _names_of(cls))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


@cache
def _names_of(kind: type[Part]) -> set[str]:
    return set(kind.model_fields)  # one for all: what is frozen adds nothing to it


class Subject(Part):
    """Something outside the log that a record speaks about, named by its content."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Record(Part):
    """A fact somebody stated, immutable once it is written.

    A subclass names its `kind`, which travels between nodes with its `version` and `minor`. A new
    field with a default makes a new minor version; a field that changes the meaning of others
    makes a new version. What was stated once keeps its meaning.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    minor: ClassVar[int] = 0

    id: RecordId = Field(default_factory=new_id, pattern=r"^[0-9a-f]{32}$")
    """Unique among all records of all nodes."""
    made_at: AwareDatetime
    """When the issuer stated it, by the issuer's clock."""
    visibility: Visibility = "internal"
    """Who may see it; a record leaves its node only where this says so."""

    def subjects(self) -> tuple[Subject, ...]:
        """Return what the record speaks about, where that has a digest of its own."""
        return ()


class Entry(Part):
    """Where a record lies: whose log, at which position, under which digest."""

    record_id: RecordId
    kind: str
    version: int
    minor: int = 0
    issuer: str
    position: int
    made_at: datetime
    visibility: Visibility
    sha256: str
    """Of the signed envelope, as kept."""
