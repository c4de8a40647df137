"""What could happen, as data: who can no longer deliver what, to whom, for how long, at what price."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from corridor.core.records import Part
from corridor.supply_chain.records.facts import Actor, Amount, Country, Id, Percent

HORIZON_DAYS = 365.0
"""What begins later is left out, unless another horizon is asked for."""
Kind = Literal["export-control", "supplier", "country", "input", "price"]


class Range(Part):
    """A figure that is known within bounds; every value between is as likely."""

    low: Amount
    high: Amount

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class Likelihood(Part):
    """How likely it is in a year, and who says so."""

    a_year: Annotated[float, Field(ge=0, le=1)]
    source: str


class Disruption(Part):
    """Something that is taken away, or costs more.

    export-control: what a country's actors provide no longer leaves it. supplier: what an actor
    provides is gone. country: a country is lost both ways, so that what all its actors provide is
    gone abroad, and what all others provide is gone in it. input: a part of an input is gone,
    whoever provides it. price: inputs cost more than usual, and none is gone.
    """

    kind: Kind
    inputs: tuple[Id, ...] = ()
    """Which inputs; all that those concerned provide, if none is named."""
    actor: Id | None = None
    country: Country | None = None
    destinations: tuple[Country, ...] = ()
    """Who no longer gets it; everybody abroad, if none is named."""
    part: Range | Percent = 100.0
    """Per cent of what they provide."""
    rise: Range | Amount | None = None
    """Per cent above the usual price; for the kind price, and only for it."""
    start_day: Amount = 0.0
    """On which day it begins; day 0 is the same for all that happens together."""
    duration_days: Range | Amount | None = None
    """For how many days it is whole; None where nobody knows."""
    recovery_days: Range | Amount | None = None
    """Within how many days it then falls evenly to nothing; None is at once."""

    @model_validator(mode="after")
    def _check_named(self) -> Self:
        if not self._named():
            needs = {"supplier": "an actor", "input": "inputs", "price": "inputs"}
            raise ValueError(f"{self.kind} needs {needs.get(self.kind, 'a country')}")
        if isinstance(self.part, Range) and self.part.high > 100:
            raise ValueError("a part is at most 100 per cent")
        if (self.kind == "price") != (self.rise is not None):
            raise ValueError("a rise belongs to the kind price, and the kind price needs one")
        return self

    def _named(self) -> object:
        if self.kind in ("input", "price"):
            return self.inputs
        return self.actor if self.kind == "supplier" else self.country

    @property
    def parts(self) -> tuple[float, float]:
        """The part that is taken away, 0 to 1, at least and at most."""
        low, high = bounds(self.part)
        return low / 100, high / 100

    def concerns(self, actor: Actor, home: str | None = None) -> bool:
        """Say whether what an actor provides is taken away from those at home in a country."""
        if self.kind == "supplier":
            return actor.id == self.actor
        if self.kind == "price":
            return False
        return self.kind == "input" or self.takes_from(actor.country, home)

    def takes_from(self, country: str | None, home: str | None = None) -> bool:
        """Say whether what comes from a country is taken away from those at home in another."""
        if self.country is None or country is None:
            return False
        return (country == self.country) != self.cuts_off(home)

    def cuts_off(self, home: str | None) -> bool:
        """Say whether those at home in a country lose what everybody abroad provides."""
        return self.kind == "country" and home == self.country

    def may_concern(self, actor: Actor) -> bool:
        """Say whether an actor may be at home in the country, for nobody has said where it is."""
        return self.country is not None and actor.country is None

    def reaches(self, home: str | None) -> bool:
        """Say whether it is felt by those at home in a country; None is anywhere abroad."""
        if self.kind != "export-control" or home is None:
            return True
        return home != self.country and (not self.destinations or home in self.destinations)


def bounds(figure: Range | float) -> tuple[float, float]:
    """Return the least and the most of a figure."""
    return (figure.low, figure.high) if isinstance(figure, Range) else (figure, figure)
