"""Services, and the routes by which they reach models."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from corridor.assurance import Tier
from corridor.catalogue import Language, Name
from corridor.core.records import Part, Record

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""
WithoutEvidence = Literal["last", "refuse"]
Audit = Literal["strict", "normal"]
DEFAULT_SUITE = "parallel-facts"


class Service(Record):
    """An AI function that people rely on."""

    kind: ClassVar[str] = "gateway.service"

    name: Name
    """What callers write as `model`."""
    title: str
    languages: tuple[Language, ...] = Field(min_length=1)
    """The languages it answers in; the first is assumed where nothing tells another."""


class Ceiling(Part):
    """The most that a provider may cost."""

    per_million: int = Field(ge=0)
    """Smallest units of the currency for a million tokens, in or out, whichever is dearer."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """ISO 4217; a price in another currency is not converted, and so not met."""


class Requirement(Part):
    """What a provider must be for a service to use it; the best in the caller's language is first.

    The best is the one with the highest lower bound of its score.
    """

    among: tuple[Name, ...] = ()
    """Only these providers; every one of the catalogue where none is named."""
    suite: str = Field(default=DEFAULT_SUITE, min_length=1, max_length=100)
    """On which suite: scores on different ones are not compared."""
    min_score: float = Field(default=0.0, ge=0, le=1)
    """The lower bound of the score in the caller's language is at least this."""
    max_tier: Tier | None = None
    """The risk tier of the model is at most this; what nobody rated is of the highest."""
    jurisdictions: tuple[Country, ...] = ()
    """The country of the organisation behind the provider's supplier is one of these, if any is
    named; an unknown country is none of them."""
    max_price: Ceiling | None = None
    """What has no known price does not meet it."""
    without_evidence: WithoutEvidence = "refuse"
    """What becomes of a provider without evidence in the language: asked after all others, or
    not at all."""

    @model_validator(mode="after")
    def _check_named_once(self) -> Self:
        check_once(self.among)
        return self


class Route(Record):
    """How a service reaches models: providers in order of preference, or what they must be."""

    kind: ClassVar[str] = "gateway.route"
    minor: ClassVar[int] = 2

    service: Name
    providers: tuple[Name, ...] = ()
    """In order of preference, in every language; empty where there is a requirement."""
    requirement: Requirement | None = None
    default_language: Language | None = None
    """What is assumed where nothing tells the caller's language; None is the service's first."""
    audit: Audit | None = None
    """strict: a decision is durable in the audit log before anything is sent to a provider. normal:
    a moment later. None is as the node does, by access.strict_audit."""

    @model_validator(mode="after")
    def _check_one_way(self) -> Self:
        check_one_way(self.providers, self.requirement)
        return self


def check_one_way(providers: tuple[str, ...], requirement: Requirement | None) -> None:
    """Check that a route is one way: a list that names each provider once, or a requirement.

    Raises:
        ValueError: if it is not.
    """
    if bool(providers) == (requirement is not None):
        raise ValueError("a route lists providers, or states a requirement")
    check_once(providers)


def check_once(names: tuple[str, ...]) -> None:
    """Check that no provider is named twice.

    Raises:
        ValueError: if one is.
    """
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is named twice")
