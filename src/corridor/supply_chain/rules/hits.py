"""How much of each input a scenario takes away at its source, at least and at most.

The shares of the market that stands for an input say how much an actor provides. Whoever is known
to provide it and has no share there may have any part of what is not covered, or none. Where a
country is hit, providers that nobody has named may be there too.
"""

from collections.abc import Sequence

from corridor.core.records import Part
from corridor.supply_chain.records import Disruption
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.markets import FULL, chosen


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


def hits(
    graph: Graph, disruptions: Sequence[Disruption], home: str | None = None
) -> dict[str, list[Hit]]:
    """Return what is taken away of each input that is concerned."""
    found: dict[str, list[Hit]] = {}
    for number, each in enumerate(disruptions):
        if each.kind != "price" and each.reaches(home):
            for name in each.inputs or graph.inputs:
                if (hit := _hit(graph, name, each)) is not None:
                    numbered = hit.model_copy(update={"disruption": number})
                    found.setdefault(name, []).append(numbered)
    return found


def _hit(graph: Graph, name: str, each: Disruption) -> Hit | None:
    low, high = each.parts
    if each.kind == "input":
        return Hit(low=1.0, high=1.0, lost_low=low, lost_high=high, who=("all",))
    markets = graph.markets(name)
    market = chosen(markets)
    shares = markets[market] if market else []
    rest = max(0.0, FULL - sum(p.bounds[0] for p in shares))
    concerned = [p for p in shares if each.concerns(graph.actors[p.actor])]
    unplaced = [p for p in graph.unplaced(name, None) if each.concerns(graph.actors[p.actor])]
    least = sum(p.bounds[0] for p in concerned)
    most = min(FULL, sum(min(p.bounds[1], p.bounds[0] + rest) for p in concerned))
    if unplaced or (each.country is not None and each.inputs):
        most = max(most, least + rest)
    # That nobody else provides it is only said where somebody is said to provide it.
    if most == 0 or not (concerned or unplaced):
        return None
    who = tuple(dict.fromkeys(p.actor for p in (*concerned, *unplaced)))
    # Shares that come to a little over 100 do so by rounding.
    whole = max(FULL, sum(p.bounds[0] for p in shares))
    return Hit(
        low=min(1.0, least / whole),
        high=min(1.0, most / whole),
        lost_low=low,
        lost_high=high,
        who=who,
    )
