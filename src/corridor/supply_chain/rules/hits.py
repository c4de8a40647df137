"""How much of each input a scenario takes away at its source, at least and at most.

The shares of the market that stands for an input say how much an actor provides. Whoever is known
to provide it and has no share there may have any part of what is not covered, or none. Where a
country is hit, those whose country is not known may be there, and where it is hit in this input,
or cut off, providers that nobody has named may be among those who are lost too. What a source calls "others" is not covered.
"""

from collections.abc import Sequence

from corridor.core.records import Part
from corridor.supply_chain.records import Disruption, Provision
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.markets import FULL, chosen

EVERYBODY = "all"
"""Who is hit where an input is, whoever provides it."""


class Hit(Part):
    """A part of an input's supply, 0 to 1, and how much of it is taken away."""

    low: float
    high: float
    """Which part of the supply it is."""
    lost_low: float
    lost_high: float
    """How much of that part is taken away."""
    who: tuple[str, ...]
    disruption: int = 0
    """By which of the disruptions, counted from 0."""
    stated: float | None = None
    """What the part is at most by the figures alone; None if it is only known to be within bounds."""
    rest: float = 0.0
    """How much of the supply nobody's figures cover."""
    sharers: int = 0
    """How many are known to provide it with no figure; the rest is theirs and of those unnamed."""
    among: int = 0
    """How many of them are hit."""
    unnamed: bool = False
    """Whether those whom nobody has named may be hit."""


def hits(
    graph: Graph, disruptions: Sequence[Disruption], home: str | None = None
) -> dict[str, list[Hit]]:
    """Return what is taken away of each input that is concerned."""
    found: dict[str, list[Hit]] = {}
    for number, each in enumerate(disruptions):
        if each.kind != "price" and each.reaches(home):
            for name in each.inputs or graph.inputs:
                if (hit := _hit(graph, name, each, home)) is not None:
                    numbered = hit.model_copy(update={"disruption": number})
                    found.setdefault(name, []).append(numbered)
    return found


def _hit(graph: Graph, name: str, each: Disruption, home: str | None) -> Hit | None:
    low, high = each.parts
    if each.kind == "input":
        return Hit(low=1.0, high=1.0, lost_low=low, lost_high=high, who=(EVERYBODY,))
    markets = graph.markets(name)
    market = chosen(markets)
    shares = [p for p in markets[market] if not _is_group(graph, p)] if market else []
    unplaced = [p for p in graph.unplaced(name, None) if not _is_group(graph, p)]
    hit, silent = (_concerned(graph, of, each, home) for of in (shares, unplaced))
    # Who has no known country may be at home in one that is hit.
    perhaps = [p for p in (*shares, *unplaced) if each.may_concern(graph.actors[p.actor])]
    # Who is cut off may lose what those provide whom nobody has named.
    cut_off = each.cuts_off(home) and bool(shares or unplaced)
    # That nobody else provides it is only said where somebody is said to provide it.
    if not (hit or silent or perhaps or cut_off):
        return None
    rest = max(0.0, FULL - sum(p.bounds[0] for p in shares))
    unnamed = each.country is not None and (bool(each.inputs) or cut_off)
    least, stated = sum(p.bounds[0] for p in hit), _most(hit, rest)
    most = max(stated, least + rest if silent or unnamed else 0.0)
    if perhaps:
        placed = [p for p in perhaps if p in shares]
        most = min(FULL, most + _most(placed, rest))
        if len(placed) < len(perhaps):  # all of the rest may be theirs, beside what is stated
            most = max(most, least + sum(p.bounds[0] for p in placed) + rest)
    if most == 0:
        return None
    # Shares that come to a little over 100 do so by rounding.
    whole = max(FULL, sum(p.bounds[0] for p in shares))
    return Hit(
        low=min(1.0, least / whole),
        high=min(1.0, most / whole),
        lost_low=low,
        lost_high=high,
        who=tuple(dict.fromkeys(p.actor for p in (*hit, *silent, *perhaps))),
        stated=min(1.0, stated / whole),
        rest=rest / whole,
        sharers=len(unplaced),
        among=len(silent),
        unnamed=unnamed,
    )


def _is_group(graph: Graph, each: Provision) -> bool:
    return graph.actors[each.actor].type == "group"


def _concerned(
    graph: Graph, found: Sequence[Provision], each: Disruption, home: str | None
) -> list[Provision]:
    return [p for p in found if each.concerns(graph.actors[p.actor], home)]


def _most(shares: Sequence[Provision], rest: float) -> float:
    return min(FULL, sum(min(p.bounds[1], p.bounds[0] + rest) for p in shares))
