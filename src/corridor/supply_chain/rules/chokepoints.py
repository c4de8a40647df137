"""Where a graph is thin: inputs that alone stop a service, and inputs that few provide.

An input stops if an essential input of it stops, or all that can stand in for each other do. What is
not essential stops nothing here; how much it lessens is a question for a shock.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from corridor.core.records import Part
from corridor.supply_chain.errors import Circular
from corridor.supply_chain.records import Basis, Dependency
from corridor.supply_chain.rules.concentration import Bounds, concentration
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.markets import FULL, chosen

Of = Literal["country", "supplier"]
LARGE = 65.0
"""Per cent. The EU's benchmark for strategic raw materials: no more from one third country."""


class Thin(Part):
    """An input that few provide."""

    input: str
    title: str
    top: str | None
    """Who has the largest known share, or who alone is known."""
    top_share: Bounds
    without: Bounds
    """N-1: what is left without the largest, over all that there is now, 0 to 1."""
    why: str
    basis: Basis | None = None
    """What the shares are shares of; None where no share is known."""
    year: int | None = None
    sources: tuple[str, ...] = ()
    """Of the shares, or of who is known to provide it."""


def essential_needs(graph: Graph, name: str) -> list[list[Dependency]]:
    """Return what an input needs: of each group one has to be there."""
    groups: dict[str, list[Dependency]] = defaultdict(list)
    for each in graph.needs.get(name, ()):
        if each.essentiality == 2:
            groups[each.alternative or f"={each.input}"].append(each)
    return list(groups.values())


def below(graph: Graph, name: str) -> list[str]:
    """Return all that an input needs essentially, at any distance, and itself at the end.

    Raises:
        Circular: if something is needed for itself.
    """
    above: dict[str, list[str]] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in above:
            above[each] = [d.input for group in essential_needs(graph, each) for d in group]
            waiting += above[each]
    try:
        return list(TopologicalSorter(above).static_order())
    except CycleError as error:
        circle = " > ".join(str(each) for each in error.args[1])
        raise Circular(f"These are needed for each other: {circle}.") from error


def single_points(graph: Graph, name: str) -> list[str]:
    """Return the inputs that alone stop another: those that lie on all ways to it.

    Raises:
        Circular: if something is needed for itself.
    """
    order = below(graph, name)
    place = {each: at for at, each in enumerate(order)}
    points: dict[str, int] = {}
    for each in order:
        found = 1 << place[each]
        for group in essential_needs(graph, each):
            common = points[group[0].input]
            for other in group[1:]:
                common &= points[other.input]
            found |= common
        points[each] = found
    mine = points[name]
    return [each for each in order if each != name and mine >> place[each] & 1]


def thin(graph: Graph, names: Sequence[str]) -> list[Thin]:
    """Return those of some inputs that few provide, the thinnest first."""
    found = [line for name in names if (line := _thin(graph, name)) is not None]
    return sorted(found, key=lambda line: (-line.top_share.low, -line.top_share.high, line.input))


def _thin(graph: Graph, name: str) -> Thin | None:
    markets = graph.markets(name)
    market = chosen(markets)
    shares = markets[market] if market else []
    others = graph.unplaced(name, market)
    if not shares and len(others) != 1:
        return None
    by = "country" if market is not None and market.type == "country" else "provider"
    figures = concentration(shares, graph.actors, by, others)
    if shares and figures.top_share.low < LARGE:
        return None
    share = figures.top_share
    alone = others[0].actor if not shares else figures.top
    return Thin(
        input=name,
        title=graph.inputs[name].title,
        top=alone,
        top_share=share,
        without=Bounds(low=1 - share.high / FULL, high=1 - share.low / FULL),
        why=_why(share, known=bool(shares)),
        basis=market.basis if market else None,
        year=market.year if market else None,
        sources=(market.source,) if market else (others[0].source,),
    )


def _why(share: Bounds, *, known: bool) -> str:
    if not known:
        return "only one is known to provide it, and no share"
    return "sole provider" if share.low >= FULL - 1 else f"the largest has {LARGE:g} % or more"


class Stopped(Part):
    """An input that stops at its source, because those who are known to provide it are lost."""

    input: str
    covered: float | None
    """How much of its supply those who are known provide, in per cent; None if no share is known."""


def stopped(
    graph: Graph, inputs: Sequence[str], lost: Sequence[str], of: Of, part: float
) -> list[Stopped]:
    """Return those of some inputs that stop at their source, with how much of each is known."""
    found: list[Stopped] = []
    for name in inputs:
        weights = providers(graph, name, of)
        gone = sum(w for actor, w in weights.items() if whose(graph, actor, of) in lost)
        if weights and gone >= part * sum(weights.values()) * (1 - 1e-9):
            known = any(of == "country" or m.type == "company" for m in graph.markets(name))
            covered = min(FULL, sum(weights.values())) if known else None
            found.append(Stopped(input=name, covered=covered))
    return found


def whose(graph: Graph, actor: str, of: Of) -> str:
    """Return who has to be lost for an actor to be: itself, or its country.

    A country that nobody has said is one of its own; in truth two such may be the same.
    """
    if of == "supplier":
        return actor
    return graph.actors[actor].country or f"the unknown country of {actor}"


def homeless(graph: Graph, inputs: Sequence[str]) -> list[str]:
    """Return those who provide some inputs, and whose country nobody has said."""
    found = {p.actor for name in inputs for p in graph.provisions.get(name, ())}
    actors = (graph.actors[each] for each in sorted(found))
    return [each.id for each in actors if each.type == "company" and each.country is None]


def providers(graph: Graph, name: str, of: Of) -> Mapping[str, float]:
    """Return who has to fail for an input to stop, with the weight of each.

    The weights are the shares of the market that stands for the input; where no share is known all
    who are known to provide it count alike. Suppliers are companies: the share of a country is
    none of theirs. What a source calls "others" counts for nothing.
    """
    markets = {
        market: [p for p in shares if graph.actors[p.actor].type != "group"]
        for market, shares in graph.markets(name).items()
        if of == "country" or market.type == "company"
    }
    market = chosen(markets)
    if market is not None:
        shares: dict[str, float] = defaultdict(float)
        for each in markets[market]:
            shares[each.actor] += each.bounds[0]
        return {actor: share for actor, share in shares.items() if share > 0}
    known = {each.actor for each in graph.unplaced(name, None)}
    kinds = ("company",) if of == "supplier" else ("company", "country")
    return {actor: 1.0 for actor in sorted(known) if graph.actors[actor].type in kinds}
