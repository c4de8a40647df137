"""Scenarios: disruptions that happen together, and whether what they name is there.

A scenario says what is taken away, or costs more, not what follows from it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from pydantic import Field, ValidationError

from corridor.catalogue import Name
from corridor.core.records import Part
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.records import Disruption, Likelihood
from corridor.supply_chain.rules.graph import Graph, nearest


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
            if first["type"] == "string_pattern_mismatch" and first["loc"][:1] == ("country",):
                raise BadScenario(
                    f"{self.name}, {where}: {stated['country']!r} is no country.",
                    hint="Say it by its two letters of ISO 3166: US, IN, JP.",
                ) from error
            raise BadScenario(f"{self.name}, {where}: {message}.") from error


class Beginning(Part):
    """A day, and what is taken away, or dearer, from it on."""

    day: float
    what: str


def beginnings(disruptions: Iterable[Disruption]) -> tuple[Beginning, ...]:
    """Return when disruptions begin, the first first, and those of one day together."""
    by_day: dict[float, list[str]] = {}
    for each in disruptions:
        by_day.setdefault(each.start_day, []).append(_in_words(each))
    return tuple(Beginning(day=day, what="; ".join(by_day[day])) for day in sorted(by_day))


def _in_words(each: Disruption) -> str:
    who = " ".join(word for word in (each.actor, each.country) if word)
    of = ", ".join(each.inputs)
    return f"{each.kind} {who}: {of}" if who and of else f"{each.kind} {who or of}"


def _put_in(value: object, given: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [_put_in(each, given) for each in cast("list[object]", value)]
    if isinstance(value, str) and value.startswith("$"):
        return given.get(value[1:], value)
    return value


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
