"""What an assessment of a service says, and what of it follows from the graph alone.

An assessment is made for a reader who decides: what the service rests on, where that is thin, what
each scenario would stop, and what is not known. Every figure names the sources that it was drawn
from; what no source says is counted and said, never filled in.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from corridor.core.records import Part
from corridor.supply_chain.records import (
    Basis,
    Citation,
    Country,
    Dependency,
    Essentiality,
    FirstStep,
    Layer,
    Moment,
    Quantiles,
)
from corridor.supply_chain.rules.chokepoints import Stopped, Thin, below, single_points
from corridor.supply_chain.rules.concentration import Bounds
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.markets import chosen, total
from corridor.supply_chain.rules.scenarios import Beginning


class Figure(Part):
    """A part of 1: its bounds, and where the draws lie between them."""

    low: float
    high: float
    p5: float
    median: float
    p95: float


class RestsOn(Part):
    """An input that the service needs, at any distance."""

    input: str
    title: str
    layer: Layer
    steps: int
    """How many needs away, by the shortest way."""
    essential: bool
    """Whether it is on a way of essential needs."""
    alone: bool
    """Whether its loss alone stops the service."""
    few: bool
    """Whether few are known to provide it."""
    providers: int
    """How many are known to provide it."""
    covered: float | None
    """How much of its supply has a known provider, in per cent; None where no share is known."""
    sources: tuple[str, ...]
    """Of who provides it and what it needs."""


class Need(Part):
    """One input is needed for another, both of which the service rests on."""

    input: str
    into: str
    essentiality: Essentiality
    alternative: str | None


class Share(Part):
    """How concentrated one input's supply is, in one market."""

    input: str
    title: str
    by: str
    hhi: Bounds
    tighter: float
    top: str | None
    top_share: Bounds
    covered: float
    basis: Basis
    year: int
    source: str
    notes: tuple[str, ...]


class LeastSet(Part):
    """Those whose loss together stops the service."""

    of: str
    lost: tuple[str, ...]
    stops: tuple[str, ...]
    bound: int
    exact: bool
    at_source: tuple[Stopped, ...]


class Exposed(Part):
    """What is lost without a country or a supplier."""

    of: str
    who: str
    loss: Figure
    path: tuple[str, ...]
    sources: tuple[str, ...]


class Outcome(Part):
    """What a scenario does to the service."""

    scenario: str
    title: str
    text: str
    parameters: Mapping[str, str]
    loss: Figure | None = None
    """None where nothing can be said."""
    rise: Figure | None = None
    """By which part of its price it is dearer; None where it is not."""
    path: tuple[str, ...] = ()
    """The worst way; empty where the scenario does not reach the service."""
    wrong: str | None = None
    """Why nothing can be said of it with these tables."""
    days: Quantiles | None = None
    """For how long any of it is lost; None where nothing is."""
    begins: tuple[Beginning, ...] = ()
    """When each of its disruptions begins."""
    left_out: tuple[Beginning, ...] = ()
    """What begins too late to count."""
    moments: tuple[Moment, ...] = ()
    """What is lost from day to day; empty where nothing is."""
    likelihood: float | None
    """In a year; None where nobody has said."""
    likelihood_source: str | None
    beside: int = 0
    """How many other countries it was tried with, which are no worse and not shown."""
    sources: tuple[str, ...] = ()


class First(Part):
    """What to do first: measures, each the one that avoids most beside those before it."""

    unit: str
    before: float
    """What is lost without any measure: the mean of the draws over all scenarios."""
    steps: tuple[FirstStep, ...]
    notes: tuple[str, ...]
    """What was assumed."""
    currencies: Mapping[str, str] = {}
    """By measure: of its cost."""


class Drawn(Part):
    """A table that the graph was made of."""

    name: str
    title: str
    licence: str
    rows: int
    sha256: str | None
    """Of the files that it was read from; None where it is drawn from the node's own records."""


class Unknown(Part):
    """How often something is not known, and of what."""

    what: str
    names: tuple[str, ...]


class Assessment(Part):
    """What a service rests on, where that is thin, and what would happen."""

    service: str
    title: str
    node: str
    at: datetime
    home: Country | None
    draws: int
    seed: int
    asked: tuple[str, ...] = ()
    """What else makes it again, as words of the command."""
    tables: tuple[Drawn, ...]
    rests_on: tuple[RestsOn, ...]
    """From the service down."""
    needs: tuple[Need, ...]
    alone: tuple[str, ...]
    few: tuple[Thin, ...]
    sets: tuple[LeastSet, ...]
    unsolved: str | None = None
    """Why there is no smallest set, where the time was over first."""
    shares: tuple[Share, ...]
    exposed: tuple[Exposed, ...]
    outcomes: tuple[Outcome, ...]
    """The worst first."""
    first: First | None = None
    """None where no measure is known that could be taken, or none avoids anything."""
    unknown: tuple[Unknown, ...]
    actors: Mapping[str, str]
    """The titles of those who provide any of it."""
    sources: tuple[Citation, ...]
    """All that any figure names."""

    def name_of(self, input: str) -> str:
        """Return the title of an input that the service rests on, or its id."""
        return next((each.title for each in self.rests_on if each.input == input), input)


def reached(graph: Graph, name: str) -> dict[str, int]:
    """Return all that an input needs and how many steps away, the nearest first, itself with 0."""
    found, waiting = {name: 0}, [name]
    for each in waiting:
        for need in counted(graph, each):
            if need.input not in found:
                found[need.input] = found[each] + 1
                waiting.append(need.input)
    return found


def counted(graph: Graph, name: str) -> list[Dependency]:
    """Return what an input needs, without what can be ignored."""
    return [each for each in graph.needs.get(name, ()) if each.essentiality > 0]


def rests_on(graph: Graph, name: str, few: Sequence[str]) -> Iterator[RestsOn]:
    """Yield the inputs that one rests on, from itself down; `few` are those that few provide.

    Raises:
        Circular: if something is needed for itself.
    """
    essential, alone = set(below(graph, name)), set(single_points(graph, name))
    for each, steps in reached(graph, name).items():
        provisions = graph.provisions.get(each, ())
        yield RestsOn(
            input=each,
            title=graph.inputs[each].title,
            layer=graph.inputs[each].layer,
            steps=steps,
            essential=each in essential,
            alone=each in alone,
            few=each in few,
            providers=len({p.actor for p in provisions if graph.actors[p.actor].type != "group"}),
            covered=_covered(graph, each),
            sources=_named(p.source for p in (*provisions, *counted(graph, each))),
        )


def _covered(graph: Graph, name: str) -> float | None:
    markets = graph.markets(name)
    market = chosen(markets)
    if market is None:
        return None
    named = [p for p in markets[market] if graph.actors[p.actor].type != "group"]
    return min(100.0, total(named))


def needs(graph: Graph, name: str) -> Iterator[Need]:
    """Yield each need between inputs that one rests on."""
    for into in reached(graph, name):
        for each in counted(graph, into):
            yield Need(
                input=each.input,
                into=into,
                essentiality=each.essentiality,
                alternative=each.alternative,
            )


def sources_of(graph: Graph, inputs: Sequence[str]) -> tuple[str, ...]:
    """Return the sources of the markets that stand for inputs, or of who is known to provide them."""
    found: list[str] = []
    for name in inputs:
        market = chosen(graph.markets(name))
        known = graph.provisions.get(name, ())
        found += [market.source] if market else [each.source for each in known]
    return _named(found)


def sources_along(graph: Graph, path: Sequence[str]) -> tuple[str, ...]:
    """Return the sources of a way: of its first input's supply, and of each need on it."""
    steps = pairwise(path)
    needed = [each.source for a, b in steps for each in graph.needs.get(b, ()) if each.input == a]
    return _named((*sources_of(graph, path[:1]), *needed))


def _named(sources: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sources))


def unknowns(graph: Graph, name: str) -> Iterator[Unknown]:
    """Yield what nobody has said of the inputs that one rests on."""
    names = [each for each in reached(graph, name) if each != name]
    nobody = [each for each in names if not graph.provisions.get(each)]
    silent = [each for each in names if each not in nobody and not graph.markets(each)]
    needed = [each for into in (name, *names) for each in counted(graph, into)]
    actors = {p.actor for each in names for p in graph.provisions.get(each, ())}
    homeless = sorted(
        a for a in actors if graph.actors[a].type == "company" and not graph.actors[a].country
    )
    weights = [d for d in needed if d.essentiality == 1 and d.quantity is None]
    stocks = [d for d in needed if d.inventory_days is None]
    for what, found in (
        ("who provides it", nobody),
        ("anybody's share of it", silent),
        ("the country of a provider", homeless),
        ("how much a need that is not essential counts", _pairs(weights)),
        ("how long stocks last", _pairs(stocks)),
    ):
        if found:
            yield Unknown(what=what, names=tuple(found))


def _pairs(found: Sequence[Dependency]) -> list[str]:
    return [f"{each.input} for {each.into}" for each in found]
