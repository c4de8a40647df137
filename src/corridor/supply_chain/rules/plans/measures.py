"""What could be done beforehand, as data: what it costs, and what it changes in the graph.

Three things can change. A *cover* is supply of an input beside what there is: a second source,
capacity at home, what a partner offers. A *stock* delays what a dependency hands on. A *stand-in*
is one more input that can take the place of another where that is needed: another model on a
route, a partner's model, a substitute.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from corridor.catalogue import Name
from corridor.core.records import Part
from corridor.supply_chain.errors import BadMeasure
from corridor.supply_chain.records import Amount, Country, Id, Percent, Range, bounds
from corridor.supply_chain.rules.graph import Graph, nearest

MeasureKind = Literal[
    "second-source",
    "stock",
    "domestic-capacity",
    "partner-offer",
    "other-model",
    "substitution",
]
Money = Annotated[int, Field(ge=0, le=10**15)]
"""Whole units of a currency: yen, rupees, dollars."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""
COVERS: tuple[MeasureKind, ...] = ("second-source", "domestic-capacity", "partner-offer")
STAND_INS: tuple[MeasureKind, ...] = ("other-model", "substitution", "partner-offer")
MeasureName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._:/-]{0,199}$")]


class Cost(Part):
    """What a measure costs, at least and at most, and who says so."""

    low: Money
    high: Money
    currency: Currency
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class Measure(Part):
    """Something that could be done before anything is lost.

    second-source, domestic-capacity and partner-offer with a `part`: so much more of the `input` is
    provided, by an actor or from a country. stock: `days` of the `input` lie where it is needed.
    substitution, other-model and partner-offer with `by`: `by` can stand in for the `input` in
    `into`; without an `input`, for all that can already stand in for each other there.
    """

    name: MeasureName
    title: str
    kind: MeasureKind
    input: Id | None = None
    into: Id | None = None
    """Where the input is needed; everywhere, if nothing is named."""
    by: Id | None = None
    """What stands in."""
    part: Range | Percent | None = None
    """Per cent of all that is needed of the input."""
    days: Annotated[float, Field(gt=0, le=36_500)] | None = None
    actor: Id | None = None
    country: Country | None = None
    """Where the new supply is; a scenario that hits it there takes it too."""
    lead_days: Range | Amount = 0.0
    """From the decision until it is there in full."""
    cost: Cost | None = None
    """None where nobody has said; then it is never chosen, but what it avoids is shown."""
    source: str = Field(min_length=1)
    """Who says that it can be done so."""

    @model_validator(mode="after")
    def _check_named(self) -> Self:
        for field in self._wanted():
            if getattr(self, field) is None:
                raise ValueError(f"{self.kind} needs {field}")
        if self.part is not None and bounds(self.part)[1] > 100:
            raise ValueError("a part is at most 100 per cent")
        if self.kind == "domestic-capacity" and "lead_days" not in self.model_fields_set:
            raise ValueError("domestic-capacity needs lead_days")
        return self

    def _wanted(self) -> Sequence[str]:
        match self.kind:
            case "stock":
                return ("input", "days")
            case "substitution":
                return ("input", "by")
            case "other-model":
                return ("into", "by")
            case "domestic-capacity":
                return ("input", "part", "country")
            case "second-source":
                return ("input", "part")
            case "partner-offer":
                return ("into", "by") if self.by is not None else ("input", "part")

    @property
    def is_cover(self) -> bool:
        """Whether it is more supply of an input."""
        return self.kind in COVERS and self.by is None

    @property
    def parts(self) -> tuple[float, float]:
        """The part of what is needed, 0 to 1, at least and at most; all of it, if none is named."""
        low, high = bounds(100.0 if self.part is None else self.part)
        return low / 100, high / 100


class MeasureFile(Part):
    """A file of measures."""

    name: Name
    title: str
    text: str = ""
    measures: tuple[Measure, ...] = Field(min_length=1, max_length=500)


class Measures(Part):
    """Measures that one can choose from."""

    measures: tuple[Measure, ...]


class Placed(Part):
    """A measure, and where it is written."""

    measure: Measure
    where: str


def check_measures(placed: Sequence[Placed], graph: Graph) -> None:
    """Check that what measures name is there, and that each name is there once.

    Raises:
        BadMeasure: if not, with the place and the nearest names.
    """
    seen: dict[str, str] = {}
    for each in placed:
        name = each.measure.name
        if name in seen:
            raise BadMeasure(f"{each.where}: {name} is there twice, first at {seen[name]}.")
        seen[name] = each.where
        for wrong in _unknown(each.measure, graph):
            raise BadMeasure(f"{each.where}: {name} names what is not there: {wrong}.")


def _unknown(measure: Measure, graph: Graph) -> Iterator[str]:
    for name in (measure.input, measure.into, measure.by):
        if name is not None and name not in graph.inputs:
            yield f"no input {name!r}{nearest(name, graph.inputs)}"
    if measure.actor is not None and measure.actor not in graph.actors:
        yield f"no actor {measure.actor!r}{nearest(measure.actor, graph.actors)}"
    if measure.kind != "stock" and measure.is_cover:
        return
    if not places(measure, graph):
        what = measure.input or "anything that could be replaced"
        yield f"{measure.into or 'nothing'} needs no {what}"


def places(measure: Measure, graph: Graph) -> list[tuple[str, str]]:
    """Return where a stock or a stand-in acts: what is made, and the group that it needs.

    Each group is named as the engine names it: by `alternative`, or by its input.
    """
    found: dict[tuple[str, str], None] = {}
    for into in [measure.into] if measure.into is not None else list(graph.needs):
        for need in graph.needs.get(into, ()):
            apart = measure.input is None and need.alternative is not None
            if need.essentiality > 0 and (apart or need.input == measure.input):
                found[into, need.alternative or need.input] = None
    return list(found)


def one_currency(placed: Sequence[Placed], wanted: str | None = None) -> str | None:
    """Return the currency of all costs; None if nothing has a cost.

    Raises:
        BadMeasure: if there are several, or another than the one wanted, with the place.
    """
    for each in placed:
        cost = each.measure.cost
        if cost is None:
            continue
        wanted = wanted or cost.currency
        if cost.currency != wanted:
            raise BadMeasure(
                f"{each.where}: {each.measure.name} costs {cost.currency}, not {wanted}. "
                f"Costs in two currencies cannot be added."
            )
    return wanted
