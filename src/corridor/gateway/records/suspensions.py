"""Suspensions: to whom no request goes, from when and until when; and what asks for one."""

from datetime import datetime
from typing import ClassVar, Literal, Self, get_args

from pydantic import AwareDatetime, Field, model_validator

from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import Part, Record, RecordId, Subject

TargetKind = Literal["provider", "model", "model_sha256", "supplier", "jurisdiction"]
TARGETS: tuple[TargetKind, ...] = get_args(TargetKind)


class Target(Part):
    """What is suspended: one provider, one model, all of a supplier, all of a country."""

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.kind.removesuffix('_sha256')} {self.name}"


class Suspension(Record):
    """No request of some services goes to what one of its first five fields names."""

    kind: ClassVar[str] = "gateway.suspension"
    minor: ClassVar[int] = 3

    supplier: Name | None = None
    """All providers that it runs."""
    provider: Name | None = None
    model: Name | None = None
    """Every provider of the model of this name."""
    model_sha256: Sha256 | None = None
    """Every provider of this exact file, under whatever name."""
    jurisdiction: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """ISO 3166-1 alpha-2: every provider whose supplier's organisation is of this country."""
    services: tuple[Name, ...] = ()
    """The services that are concerned; all, and direct requests too, if none is named."""
    languages: tuple[Language, ...] = ()
    """The languages of requests that are concerned; all if none is named."""
    starts: AwareDatetime | None = None
    """From when it holds; from when it was made if this is None."""
    until: AwareDatetime
    """It ends by itself then, whatever becomes of whoever made it; a leased one after as long a time."""
    cuts_streams: bool = False
    """Whether answers that have begun are broken off; else they may finish."""
    reason: str
    proposal_id: RecordId | None = None
    """What it confirms: the record that asked for it."""
    drill_id: RecordId | None = None
    """The drill that rehearses it; None where it is in earnest."""
    key_ids: tuple[RecordId, ...] = ()
    """The API keys whose requests are concerned; all if none is named."""
    share: float | None = Field(default=None, gt=0, le=1)
    """The share of requests that are concerned, drawn by their ids; all if it is None."""
    part: float | None = Field(default=None, gt=0, le=1)
    """The part of each provider that is lost: so many of those requests do not reach it, drawn by
    their ids for each provider by itself; all if it is None."""
    is_leased: bool = False
    """Whether it holds only while whoever stated it is heard of."""

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if len(self._named()) != 1:
            raise ValueError(f"a suspension names one of {', '.join(TARGETS)}")
        if self.until <= self.begins:
            raise ValueError("a suspension ends after it begins")
        return self

    @property
    def target(self) -> Target:
        """What is suspended."""
        return self._named()[0]

    def _named(self) -> list[Target]:
        fields: dict[TargetKind, str | None] = {
            "provider": self.provider,
            "model": self.model,
            "model_sha256": self.model_sha256,
            "supplier": self.supplier,
            "jurisdiction": self.jurisdiction,
        }
        return [Target(kind=kind, name=name) for kind, name in fields.items() if name is not None]

    @property
    def begins(self) -> datetime:
        """From when it holds."""
        return self.starts or self.made_at

    def subjects(self) -> tuple[Subject, ...]:
        """Return the model's file, where that is what is suspended."""
        if self.model_sha256 is None:
            return ()
        return (Subject(name="model", sha256=self.model_sha256),)


class SuspensionLifted(Record):
    """A suspension that ends before its time."""

    kind: ClassVar[str] = "gateway.suspension_lifted"

    suspension_id: RecordId
    reason: str


class SuspensionProposed(Record):
    """A provider said no to this node; nothing goes to it until an operator has decided."""

    kind: ClassVar[str] = "gateway.suspension_proposed"

    provider: Name
    supplier: Name
    status: int
    """Of the provider's answer."""
    code: str = Field(pattern=r"^[a-z_]{1,40}$")
    """Of which class its no was; its words are kept nowhere."""
    said_at: AwareDatetime
    """When the provider said it."""


class ProposalDismissed(Record):
    """An operator decided that nothing is to be suspended."""

    kind: ClassVar[str] = "gateway.proposal_dismissed"

    proposal_id: RecordId
    """A proposal of this node, or a partner's suspension that is not followed here."""
    reason: str
