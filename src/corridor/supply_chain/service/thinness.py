"""Where a service is thin: single points, few providers, smallest cuts, exposure to each country."""

from collections.abc import Sequence

from corridor.core.records import Part
from corridor.supply_chain.errors import Unsolved
from corridor.supply_chain.records import Disruption
from corridor.supply_chain.rules.chokepoints import (
    Of,
    Stopped,
    Thin,
    below,
    homeless,
    single_points,
    stopped,
    thin,
)
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import hits
from corridor.supply_chain.rules.ways import Way, carrying, ways
from corridor.supply_chain.service.shocks import path

DRAWS = 200
"""For each country or supplier."""


class Exposure(Part):
    """What of a service is lost without a country or a supplier, 0 to 1, at least and at most."""

    who: str
    low: float
    high: float
    p5: float
    median: float
    p95: float
    """Of the draws, in which every way to split what is not known is as likely."""
    path: tuple[str, ...]
    """The way that carries most of it, at the upper bound."""
    ways: tuple[Way, ...]
    """From each input that is hit; those that carry a loss whole first, then by what is surely lost."""


class LeastSet(Part):
    """Those whose loss together stops a service."""

    lost: tuple[str, ...]
    stops: tuple[str, ...]
    """The inputs that stop, from the ground up."""
    bound: int
    """No set has fewer, of those that are known."""
    exact: bool
    """Whether it is proved that this is one of the smallest; else the time was over first."""
    at_source: tuple[Stopped, ...]
    """Where it begins, and how much of that supply is known."""


class Thinness(Part):
    """Where a service or another input is thin."""

    input: str
    of: Of
    part: float
    """Which part of what is known of an input has to be lost for it to stop."""
    seconds: float
    """The time limit of each search."""
    thin: tuple[Thin, ...]
    single_points: tuple[str, ...]
    """Each alone stops it."""
    cuts: tuple[LeastSet, ...]
    """Smallest sets whose loss stops it."""
    unsolved: str | None = None
    """Why there are none, where the time was over first."""
    exposure: tuple[Exposure, ...]
    homeless: tuple[str, ...]
    """Those on the way whose country nobody has said: any country may be theirs."""


def thinness(graph: Graph, name: str, of: Of, part: float = 1.0, seconds: float = 10.0) -> Thinness:
    """Return where an input is thin; what no time was left for is said.

    Raises:
        UnknownInput: if it is not there, with the nearest names.
        Circular: if something is needed for itself.
    """
    wanted = graph.input(name).id
    sets: list[LeastSet] = []
    unsolved = None
    try:
        sets = cuts(graph, wanted, of, part, seconds=seconds)
    except Unsolved as error:
        unsolved = error.message
    return Thinness(
        input=wanted,
        of=of,
        part=part,
        seconds=seconds,
        thin=tuple(thin_inputs(graph, wanted)),
        single_points=tuple(points(graph, wanted)),
        cuts=tuple(sets),
        unsolved=unsolved,
        exposure=tuple(exposures(graph, wanted, of)),
        homeless=tuple(homeless(graph, list(ways(graph, wanted)))) if of == "country" else (),
    )


def points(graph: Graph, name: str) -> list[str]:
    """Return the inputs that alone stop another, from the ground up."""
    return single_points(graph, graph.input(name).id)


def thin_inputs(graph: Graph, name: str | None = None) -> list[Thin]:
    """Return the inputs that few provide, of those that one needs essentially, or of all."""
    return thin(graph, list(graph.inputs) if name is None else below(graph, graph.input(name).id))


def cuts(
    graph: Graph, name: str, of: Of, part: float = 1.0, most: int = 3, seconds: float = 10.0
) -> list[LeastSet]:
    """Return the smallest sets of countries or suppliers whose loss stops an input.

    Raises:
        Circular: if something is needed for itself.
        Unsolved: if the time was over before any set was found.
    """
    # Only here: SciPy is large, and nothing that starts often needs it.
    from corridor.supply_chain.rules.cuts import smallest_cuts

    wanted = graph.input(name).id
    found = smallest_cuts(graph, wanted, of, part=part, most=most, seconds=seconds)
    return [
        LeastSet(
            lost=each.lost,
            stops=each.stops,
            bound=each.bound,
            exact=each.exact,
            at_source=tuple(stopped(graph, each.stops, each.lost, of, part)),
        )
        for each in found
    ]


def exposures(graph: Graph, name: str, of: Of, draws: int = DRAWS, seed: int = 0) -> list[Exposure]:
    """Return what of an input is lost without each country or supplier, the most first."""
    # Only here: NumPy is not taken in by what starts often, such as the gateway.
    import numpy as np

    from corridor.supply_chain.rules.waves import spread

    wanted = graph.input(name).id
    known = ways(graph, wanted)
    found: list[Exposure] = []
    for who, disruption in _each(graph, of):
        taken = hits(graph, [disruption])
        spread_ = spread(graph, taken, np.random.default_rng(seed), draws)
        loss = spread_.losses.get(wanted)
        if loss is not None:
            p5, median, p95 = np.quantile(loss[2:], (0.05, 0.5, 0.95)).tolist()
            found.append(
                Exposure(
                    who=who,
                    low=float(loss[0]),
                    high=float(loss[1]),
                    p5=p5,
                    median=median,
                    p95=p95,
                    path=path(wanted, spread_.through(wanted)),
                    ways=tuple(carrying(known, taken)),
                )
            )
    return sorted(found, key=lambda e: (-e.low, -e.median, -e.high, e.who))


def _each(graph: Graph, of: Of) -> Sequence[tuple[str, Disruption]]:
    if of == "country":
        homes = sorted({a.country for a in graph.actors.values() if a.country is not None})
        return [(home, Disruption(kind="country", country=home)) for home in homes]
    named = sorted(a.id for a in graph.actors.values() if a.type == "company")
    return [(actor, Disruption(kind="supplier", actor=actor)) for actor in named]
