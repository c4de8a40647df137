"""What a loss of inputs at their source does to all that need them, as bounds and as draws.

The equations of the static engine (Diem et al. 2022) where all providers of an input need the same:
a provider makes min(1 - what it lost, 1 - the worst loss of an essential input, 1 - the weighted sum
of the losses of the others). Of inputs with the same `alternative` the one that lost least counts:
they are taken to stand in for each other in full. Nobody else makes more to fill a gap.

Every figure is an array: first its lower bound, then its upper bound, then draws. Where it is not
known how much a non-essential input counts, the bounds are nothing and all; in a draw the unknown
weights are uniform over all that sum to at most what the known ones leave (a flat Dirichlet).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from corridor.supply_chain.records import Dependency
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import Hit

Floats = NDArray[np.float64]
LOW, HIGH, DRAWS = 0, 1, 2
"""Where in an array the bounds are, and where the draws begin."""
TOLERANCE, HORIZON = 1e-9, 1_000


@dataclass(frozen=True)
class Spread:
    """What is lost of every input that loses anything."""

    losses: Mapping[str, Floats]
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
    duration_days: float | None = None,
) -> Spread:
    """Return what is lost of every input.

    A dependency whose stocks are known to last longer than the duration hands nothing on; where
    either is unknown, stocks are taken to be used up.
    """
    drawn = {name: [drawn_hit(hit, chance, draws) for hit in hits] for name, hits in taken.items()}
    order, needs = in_order(graph), _that_count(graph, duration_days)
    weights = {name: drawn_weights(needs[name], chance, draws) for name in order if name in needs}
    nothing = np.zeros(DRAWS + draws)
    losses: dict[str, Floats] = {}
    through: dict[str, str] = {}
    rounds, changed = 0, np.inf
    while changed > TOLERANCE and rounds < HORIZON:
        rounds, changed = rounds + 1, 0.0
        for name in order:
            if name not in drawn and not any(d.input in losses for d in needs.get(name, ())):
                continue
            own_weights = weights.get(name, {})
            above, by = upstream(
                needs.get(name, ()), lambda d: losses.get(d.input, nothing), own_weights, nothing
            )
            loss = own_loss(drawn.get(name, []), above)
            changed = max(changed, float((loss - losses.get(name, nothing)).max()))
            losses[name] = loss
            through[name] = name if loss[HIGH] > above[HIGH] else by
    kept = {name: loss for name, loss in losses.items() if loss.max() > 0}
    return Spread(kept, through, rounds, changed <= TOLERANCE)


def drawn_hit(hit: Hit, chance: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
    """Return which part of a supply is hit, and how much of that is taken away."""
    share = np.concatenate(([hit.low, hit.high], chance.uniform(hit.low, hit.high, draws)))
    lost = np.concatenate(
        ([hit.lost_low, hit.lost_high], chance.uniform(hit.lost_low, hit.lost_high, draws))
    )
    return share, lost


def own_loss(taken: Sequence[tuple[Floats, Floats]], above: Floats) -> Floats:
    """Return what is lost of an input, given what those who provide it lost of what they need."""
    loss, whole = np.zeros_like(above), np.ones_like(above)
    for share, lost in taken:
        part = np.minimum(share, whole)
        loss += part * np.maximum(lost, above)
        whole -= part
    return loss + whole * above


def _that_count(graph: Graph, duration_days: float | None) -> dict[str, list[Dependency]]:
    found: dict[str, list[Dependency]] = defaultdict(list)
    for name, needs in graph.needs.items():
        for each in needs:
            covered = (
                duration_days is not None
                and each.inventory_days is not None
                and each.inventory_days >= duration_days
            )
            if each.essentiality > 0 and not covered:
                found[name].append(each)
    return dict(found)


def drawn_weights(
    needs: Sequence[Dependency], chance: np.random.Generator, draws: int
) -> dict[str, Floats]:
    """Return how much each non-essential input counts."""
    partly = [d for d in needs if d.essentiality == 1 and d.alternative is None]
    unknown = [d for d in partly if d.quantity is None]
    left = max(0.0, 1.0 - sum(d.quantity or 0.0 for d in partly))
    flat = chance.exponential(size=(len(unknown) + 1, draws))
    flat *= left / flat.sum(axis=0)
    found = {d.input: np.concatenate(([0.0, left], flat[at])) for at, d in enumerate(unknown)}
    known = {d.input: np.full(DRAWS + draws, d.quantity) for d in partly if d.quantity is not None}
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
            if each.quantity is None:
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
