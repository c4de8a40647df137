"""What is drawn once for a graph and its disruptions, whichever of them begins when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.supply_chain.records import Dependency, Disruption
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import Hit
from corridor.supply_chain.rules.lasting import DRAWS, Buffer, Floats, Lasting, buffer_of
from corridor.supply_chain.rules.spreading import drawn_hit, drawn_weights, in_order, that_count

Edge = tuple[str, str]
"""What is needed, and what it is needed for."""


@dataclass(frozen=True)
class Ground:
    """What is drawn once, whatever begins when."""

    order: Sequence[str]
    needs: Mapping[str, Sequence[Dependency]]
    weights: Mapping[str, Mapping[str, Floats]]
    buffers: Mapping[Edge, Buffer]
    taken: Mapping[str, Sequence[tuple[Hit, Floats, Floats]]]
    """By input: what is hit, which part of it that is, and how much of that is taken."""
    times: Sequence[Lasting]
    """By disruption; of those that last for ever, none."""
    starts: Sequence[float]
    nothing: Floats
    once: bool
    """Whether there is no circle, so that all is reached in one round."""

    def time_of(self, hit: Hit) -> tuple[float, Lasting]:
        """Return when what is hit is lost, and for how long."""
        if not self.times:
            return 0.0, Lasting.ever(len(self.nothing) - DRAWS)
        return self.starts[hit.disruption], self.times[hit.disruption]

    @property
    def days(self) -> list[float]:
        """The days on which something is taken away, in order."""
        return sorted({self.time_of(hit)[0] for each in self.taken.values() for hit, *_ in each})


def ground_of(
    graph: Graph,
    taken: Mapping[str, Sequence[Hit]],
    chance: np.random.Generator,
    draws: int,
    disruptions: Sequence[Disruption],
) -> Ground:
    """Draw all that is not known of a graph, and of what is taken away of it, and for how long."""
    own = {name: _drawn_hits(hits, chance, draws) for name, hits in taken.items()}
    order, needs = in_order(graph), that_count(graph)
    weights = {name: drawn_weights(needs[name], chance, draws) for name in order if name in needs}
    times = [Lasting.of(each, chance, draws) for each in disruptions]
    buffers = {
        (each.input, each.into): buffer_of(each, chance, draws)
        for name in order
        for each in needs.get(name, ())
        if each.inventory or each.lag
    }
    return Ground(
        order=order,
        needs=needs,
        weights=weights,
        buffers=buffers,
        taken=own,
        times=times,
        starts=[each.start_day for each in disruptions],
        nothing=np.zeros(DRAWS + draws),
        once=_is_in_order(order, needs),
    )


def _drawn_hits(
    hits: Sequence[Hit], chance: np.random.Generator, draws: int
) -> list[tuple[Hit, Floats, Floats]]:
    """Draw what is hit and what of it is taken; who is hit twice has the same part both times."""
    found: list[tuple[Hit, Floats, Floats]] = []
    parts: dict[Hit, Floats] = {}
    for hit in hits:
        share, lost = drawn_hit(hit, chance, draws)
        who = hit.model_copy(update={"lost_low": 0.0, "lost_high": 0.0, "disruption": 0})
        found.append((hit, parts.setdefault(who, share), lost))
    return found


def _is_in_order(order: Sequence[str], needs: Mapping[str, Sequence[Dependency]]) -> bool:
    place = {name: at for at, name in enumerate(order)}
    return all(place[d.input] < place[name] for name in needs for d in needs[name])
