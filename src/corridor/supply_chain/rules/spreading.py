"""What a loss of inputs at their source does to all that need them, as bounds and as draws.

The equations of the static engine (Diem et al. 2022) where all providers of an input need the same:
a provider makes min(1 - what it lost, 1 - the worst loss of an essential input, 1 - the weighted sum
of the losses of the others). Of inputs with the same `alternative` the one that lost least counts:
they are taken to stand in for each other in full. Nobody else makes more to fill a gap, but for a
substitute whose lag is stated.

Every figure is an array: first its lower bound, then its upper bound, then draws. Where it is not
known how much a non-essential input counts, the bounds are nothing and all; in a draw the unknown
weights are uniform over all that sum to at most what the known ones leave (a flat Dirichlet).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from graphlib import CycleError, TopologicalSorter

import numpy as np

from corridor.supply_chain.records import Dependency, Disruption
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import Hit
from corridor.supply_chain.rules.lasting import (
    DRAWS,
    HIGH,
    LOW,
    Between,
    Buffer,
    Floats,
    Lasting,
    buffer_of,
    drawn,
    shortest,
)

TOLERANCE, HORIZON = 1e-9, 1_000


@dataclass(frozen=True)
class Spread:
    """What is lost of every input that loses anything."""

    losses: Mapping[str, Floats]
    lasting: Mapping[str, Lasting]
    """For how long."""
    through: Mapping[str, str]
    """By input: what it lost most by, at the upper bound: itself, or an input that it needs."""
    rounds: int
    settled: bool
    """Whether nothing changed by more than the tolerance any more; circles may need long."""


def spread(
    graph: Graph,
    taken: Mapping[str, Sequence[Hit]],
    chance: np.random.Generator,
    draws: int,
    disruptions: Sequence[Disruption] = (),
) -> Spread:
    """Return what is lost of every input, and for how long.

    The disruptions say how long what they take is gone; without them it is gone for ever. A loss
    is handed on as `lasting` says, after stocks and until a substitute is there.
    """
    wave = _wave(graph, taken, chance, draws, disruptions)
    rounds, changed = 0, True
    while changed and rounds < HORIZON:
        rounds, changed = rounds + 1, False
        for name in wave.order:
            if name in taken or any(d.input in wave.losses for d in wave.needs.get(name, ())):
                changed |= wave.reach(name)
        changed = changed and not wave.once  # without circles one round reaches everything
    kept = {name: loss for name, loss in wave.losses.items() if loss.max() > 0}
    return Spread(kept, wave.lasting, wave.through, rounds, not changed)


@dataclass(frozen=True)
class _Wave:
    """What is lost so far; it only grows."""

    order: Sequence[str]
    needs: Mapping[str, Sequence[Dependency]]
    own: Mapping[str, Sequence[tuple[Floats, Floats]]]
    own_lasting: Mapping[str, Lasting]
    buffers: Mapping[tuple[str, str], Buffer]
    weights: Mapping[str, Mapping[str, Floats]]
    shortest: Mapping[str, Between]
    nothing: Floats
    once: bool
    """Whether there is no circle, so that all is reached in one round."""
    losses: dict[str, Floats] = field(default_factory=dict[str, Floats])
    lasting: dict[str, Lasting] = field(default_factory=dict[str, Lasting])
    through: dict[str, str] = field(default_factory=dict[str, str])

    def reach(self, name: str) -> bool:
        """Reckon what is lost of one input; return whether that is more than before."""
        needs = self.needs.get(name, ())
        above, by = upstream(needs, self.passed, self.weights.get(name, {}), self.nothing)
        loss = own_loss(self.own.get(name, []), above)
        lasting = self._longest(name, needs)
        before, before_lasting = self.losses.get(name, self.nothing), self.lasting.get(name)
        self.losses[name], self.lasting[name] = loss, lasting
        self.through[name] = name if loss[HIGH] > above[HIGH] else by
        grown = float((loss - before).max()) > TOLERANCE
        return grown or before_lasting is None or lasting.exceeds(before_lasting, TOLERANCE)

    def passed(self, each: Dependency) -> Floats:
        """Return what a dependency hands on."""
        loss, buffer = self.losses.get(each.input), self.buffers.get((each.input, each.into))
        if loss is None or buffer is None:
            return self.nothing if loss is None else loss
        return loss * self.lasting[each.input].left(buffer.stock) * (1.0 - buffer.there)

    def _longest(self, name: str, needs: Sequence[Dependency]) -> Lasting:
        longest = self.own_lasting.get(name)
        for each in needs:
            if each.input in self.losses:
                buffer = self.buffers.get((each.input, each.into))
                since = self.lasting[each.input]
                if since is not longest:  # most are the same, where one disruption is all
                    since = since if buffer is None else since.after(buffer.stock)
                    longest = since.where(self.passed(each), longest)
        least = self.shortest[name]
        return (longest or Lasting.no_time(len(self.nothing) - DRAWS)).at_least(least)


def _is_in_order(order: Sequence[str], needs: Mapping[str, Sequence[Dependency]]) -> bool:
    place = {name: at for at, name in enumerate(order)}
    return all(place[d.input] < place[name] for name in needs for d in needs[name])


def _wave(
    graph: Graph,
    taken: Mapping[str, Sequence[Hit]],
    chance: np.random.Generator,
    draws: int,
    disruptions: Sequence[Disruption],
) -> _Wave:
    own = {name: [drawn_hit(hit, chance, draws) for hit in hits] for name, hits in taken.items()}
    order, needs = in_order(graph), _that_count(graph)
    weights = {name: drawn_weights(needs[name], chance, draws) for name in order if name in needs}
    times = [Lasting.of(each, chance, draws) for each in disruptions]
    mine = {
        name: [times[hit.disruption] if times else Lasting.ever(draws) for hit in hits]
        for name, hits in taken.items()
    }
    buffers = {
        (each.input, each.into): buffer_of(each, chance, draws)
        for name in order
        for each in needs.get(name, ())
        if each.inventory or each.lag
    }
    least = {
        name: (min(float(t.whole[LOW]) for t in each), min(float(t.end[LOW]) for t in each))
        for name, each in mine.items()
    }
    once = _is_in_order(order, needs)
    found = shortest(order, needs, least, lambda d: (d.inventory or (0.0, 0.0))[1], once=once)
    nothing = np.zeros(DRAWS + draws)
    longest = {
        name: reduce(lambda one, more: one.longest(more, nothing + 1), each)
        for name, each in mine.items()
    }
    return _Wave(order, needs, own, longest, buffers, weights, found, nothing, once)


def drawn_hit(hit: Hit, chance: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
    """Return the part of an input that is hit, and how much of it is taken: bounds, then draws.

    In a draw every way to split the rest is as likely: among those who are known to provide it with
    no figure, and one more who stands for all whom nobody has named. Whose country is not known is
    taken to be in another one; the upper bound alone takes them to be in this one.
    """
    share = np.concatenate(([hit.low, hit.high], np.minimum(hit.high, _split(hit, chance, draws))))
    lost = np.concatenate(
        ([hit.lost_low, hit.lost_high], chance.uniform(hit.lost_low, hit.lost_high, draws))
    )
    return share, lost


def _split(hit: Hit, chance: np.random.Generator, draws: int) -> Floats:
    if hit.stated is None:
        return chance.uniform(hit.low, hit.high, draws)
    found = chance.uniform(hit.low, hit.stated, draws)
    if hit.rest > 0 and (hit.among or hit.unnamed):
        parts = chance.dirichlet(np.ones(hit.sharers + 1), draws)
        found += hit.rest * parts[:, : hit.among].sum(axis=1)
        if hit.unnamed:
            found += hit.rest * parts[:, -1] * chance.uniform(size=draws)
    return found


def own_loss(taken: Sequence[tuple[Floats, Floats]], above: Floats) -> Floats:
    """Return what is lost of an input, given what those who provide it lost of what they need."""
    loss, whole = np.zeros_like(above), np.ones_like(above)
    for share, lost in taken:
        part = np.minimum(share, whole)
        loss += part * np.maximum(lost, above)
        whole -= part
    return loss + whole * above


def _that_count(graph: Graph) -> dict[str, list[Dependency]]:
    found = {name: [d for d in needs if d.essentiality > 0] for name, needs in graph.needs.items()}
    return {name: needs for name, needs in found.items() if needs}


def drawn_weights(
    needs: Sequence[Dependency], chance: np.random.Generator, draws: int
) -> dict[str, Floats]:
    """Return how much each non-essential input counts."""
    partly = [d for d in needs if d.essentiality == 1 and d.alternative is None]
    known = {d.input: drawn(d.share, chance, draws) for d in partly if d.share is not None}
    unknown = [d for d in partly if d.share is None]
    left = np.maximum(0.0, 1.0 - sum(known.values(), np.zeros(DRAWS + draws)))
    left[HIGH] = max(0.0, 1.0 - sum(each[LOW] for each in known.values()))
    flat = chance.exponential(size=(len(unknown) + 1, draws))
    flat *= left[DRAWS:] / flat.sum(axis=0)
    found = {d.input: np.concatenate(([0.0, left[HIGH]], flat[at])) for at, d in enumerate(unknown)}
    return {**found, **known}


def upstream(
    needs: Sequence[Dependency],
    passed: Callable[[Dependency], Floats],
    weights: Mapping[str, Floats],
    nothing: Floats,
) -> tuple[Floats, str]:
    """Return what is lost by what is needed, and by which input most at the upper bound.

    `passed` says what a dependency hands on. The first of those that can stand in for each other
    says how much they count. The last axis may be time.
    """
    groups: dict[str, list[Dependency]] = defaultdict(list)
    for each in needs:
        groups[each.alternative or each.input].append(each)
    worst, by, partly, widest = nothing, "", nothing.copy(), nothing.copy()
    most = 0.0
    for group in groups.values():
        each = group[0]
        lost = [passed(d) for d in group]
        least = np.minimum.reduce(lost)
        if each.alternative is None and each.essentiality == 1:
            part = weights[each.input] * least
            if each.share is None:
                widest, part[HIGH] = np.maximum(widest, part), 0.0
            partly += part
        else:
            worst = np.maximum(worst, least)
        if (reached := float(least[HIGH].max())) > most:
            most, by = reached, each.input
    partly[HIGH] += widest[HIGH]  # at most all that is unknown counts for the worst of them
    return np.minimum(1.0, np.maximum(worst, partly)), by


def in_order(graph: Graph) -> list[str]:
    """Return the inputs, each after what it needs, where that can be."""
    above = {name: [d.input for d in graph.needs.get(name, ())] for name in graph.inputs}
    try:
        return list(TopologicalSorter(above).static_order())
    except CycleError:
        return list(graph.inputs)
