"""What could happen, as data: who can no longer deliver what, to whom, for how long.

A scenario says what is taken away, not what follows from it. Prices are no part of it: neither
engine knows any.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self, cast

from pydantic import Field, ValidationError, model_validator

from corridor.catalogue import Name
from corridor.core.records import Part
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.records import Actor, Amount, Country, Id, Percent
from corridor.supply_chain.rules.graph import Graph, nearest

Kind = Literal["export-control", "supplier", "country", "input"]


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
    """Something that is taken away.

    export-control: what a country's actors provide no longer leaves it. supplier: what an actor
    provides is gone. country: what all actors of a country provide is gone. input: a part of an
    input is gone, whoever provides it.
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
    start_day: Amount = 0.0
    duration_days: Range | Amount | None = None
    """None where nobody knows."""
    recovery_days: Range | Amount | None = None

    @model_validator(mode="after")
    def _check_named(self) -> Self:
        wanted = {"supplier": self.actor, "input": self.inputs}.get(self.kind, self.country)
        if not wanted:
            needs = {"supplier": "an actor", "input": "inputs"}.get(self.kind, "a country")
            raise ValueError(f"{self.kind} needs {needs}")
        if isinstance(self.part, Range) and self.part.high > 100:
            raise ValueError("a part is at most 100 per cent")
        return self

    @property
    def parts(self) -> tuple[float, float]:
        """The part that is taken away, 0 to 1, at least and at most."""
        low, high = bounds(self.part)
        return low / 100, high / 100

    def concerns(self, actor: Actor) -> bool:
        """Say whether what an actor provides is taken away."""
        if self.kind == "supplier":
            return actor.id == self.actor
        return self.kind == "input" or actor.country == self.country

    def reaches(self, home: str | None) -> bool:
        """Say whether it is felt by those at home in a country; None is anywhere abroad."""
        if self.kind != "export-control" or home is None:
            return True
        return home != self.country and (not self.destinations or home in self.destinations)


class Scenario(Part):
    """Disruptions that happen together."""

    name: Name
    title: str
    text: str = ""
    likelihood: Likelihood | None = None
    """None where nobody has said."""
    parameters: tuple[Name, ...] = ()
    """Words that are to be given: `$name` stands for each in the disruptions."""
    disruptions: tuple[dict[str, object], ...] = Field(min_length=1)
    """Each as a Disruption, once the parameters are put in."""

    def filled(self, given: Mapping[str, str]) -> tuple[Disruption, ...]:
        """Return the disruptions with their parameters put in.

        Raises:
            BadScenario: if a parameter is missing or not asked for, or a disruption is none.
        """
        for name in self.parameters:
            if name not in given:
                raise BadScenario(f"{self.name} needs a {name}.", hint=f"Give it: --set {name}=…")
        for name in given.keys() - set(self.parameters):
            raise BadScenario(f"{self.name} has no parameter {name!r}.")
        return tuple(
            self._filled(place, {key: _put_in(value, given) for key, value in each.items()})
            for place, each in enumerate(self.disruptions)
        )

    def _filled(self, place: int, stated: Mapping[str, object]) -> Disruption:
        try:
            return Disruption.model_validate(stated)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(("disruptions", str(place), *(str(part) for part in first["loc"])))
            message = first["msg"].removeprefix("Value error, ")
            raise BadScenario(f"{self.name}, {where}: {message}.") from error


def _put_in(value: object, given: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [_put_in(each, given) for each in cast("list[object]", value)]
    if isinstance(value, str) and value.startswith("$"):
        return given.get(value[1:], value)
    return value


def bounds(figure: Range | float) -> tuple[float, float]:
    """Return the least and the most of a figure."""
    return (figure.low, figure.high) if isinstance(figure, Range) else (figure, figure)


def check(disruptions: Sequence[Disruption], graph: Graph) -> None:
    """Check that what disruptions name is there.

    Raises:
        BadScenario: if not, with the nearest names.
    """
    for each in disruptions:
        for wrong in _unknown(each, graph):
            raise BadScenario(wrong)


def _unknown(each: Disruption, graph: Graph) -> Iterator[str]:
    for name in each.inputs:
        if name not in graph.inputs:
            yield f"There is no input {name!r}{nearest(name, graph.inputs)}."
    if each.actor is not None and each.actor not in graph.actors:
        yield f"There is no actor {each.actor!r}{nearest(each.actor, graph.actors)}."
    homes = {actor.country for actor in graph.actors.values()}
    if each.country is not None and each.country not in homes:
        yield f"No actor is at home in {each.country}."
