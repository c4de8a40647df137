"""The equations of a loss that spreads, as bounds and as draws; `waves` puts them to a graph.

Those of the static engine (Diem et al. 2022) where all providers of an input need the same:
a provider makes min(1 - what it lost, 1 - the worst loss of an essential input, 1 - the weighted sum
of the losses of the others). Of inputs with the same `alternative` the one that lost least counts:
they are taken to stand in for each other in full. Nobody else makes more to fill a gap, but for a
substitute whose lag is stated.

Every figure is an array: first its lower bound, then its upper bound, then draws. Where it is not
known how much a non-essential input counts, the bounds are nothing and all; in a draw the unknown
weights are uniform over all that sum to at most what the known ones leave (a flat Dirichlet).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from graphlib import CycleError, TopologicalSorter

import numpy as np

from corridor.supply_chain.records import Dependency
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import EVERYBODY, Hit
from corridor.supply_chain.rules.lasting import DRAWS, HIGH, LOW, Floats, drawn

TOLERANCE, HORIZON = 1e-9, 1_000


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


Piece = tuple[Floats, Floats]
"""A part of an input's supply, and how much of it is lost. The last axis may be time."""


def parted(hits: Sequence[tuple[Sequence[str], Floats, Floats]]) -> list[Piece]:
    """Return parts of a supply no two of which are the same, given who is hit, the part, and its loss.

    Who is hit twice keeps what is left by the one of what is left by the other. Where nobody is in
    both, or each hits somebody whom the other does not, the parts are taken as different ones.
    """
    found: list[tuple[frozenset[str], Floats, Floats]] = []
    for who, share, lost in hits:
        mine, left = frozenset(who), share
        before, found = found, []
        for theirs, their_share, their_lost in before:
            if not _within(mine, theirs):
                found.append((theirs, their_share, their_lost))
                continue
            both = np.minimum(left, their_share)
            left = left - both
            found.append((mine | theirs, both, 1.0 - (1.0 - lost) * (1.0 - their_lost)))
            if (rest := their_share - both).any():
                found.append((theirs, rest, their_lost))
        if left.any():
            found.append((mine, left, lost))
    return [(share, lost) for _, share, lost in found]


def _within(one: frozenset[str], other: frozenset[str]) -> bool:
    return EVERYBODY in one | other or one <= other or other <= one


def own_loss(taken: Sequence[Piece], above: Floats) -> Floats:
    """Return what is lost of an input, given what those who provide it lost of what they need.

    Parts that come to more than all are cut, those that lose least first.
    """
    loss, whole = np.zeros_like(above), np.ones_like(above)
    for share, lost in _most_first(taken):
        part = np.minimum(share, whole)
        loss += part * np.maximum(lost, above)
        whole -= part
    return loss + whole * above


def _most_first(taken: Sequence[Piece]) -> Sequence[Piece]:
    if len(taken) < 2 or bool((reduce(np.add, (share for share, _ in taken)) <= 1.0).all()):
        return taken
    each = [np.broadcast_arrays(share, lost) for share, lost in taken]
    shares, losts = np.array([s for s, _ in each]), np.array([lost for _, lost in each])
    order = np.argsort(-losts, axis=0, kind="stable")
    ordered = (np.take_along_axis(of, order, axis=0) for of in (shares, losts))
    return list(zip(*ordered, strict=True))


def that_count(graph: Graph) -> dict[str, list[Dependency]]:
    """Return what each input needs, without what can be ignored."""
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
    worst, by, partly, widest = nothing, "", nothing.copy(), nothing.copy()
    most = 0.0
    for group in grouped(needs):
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


def grouped(needs: Sequence[Dependency]) -> Iterable[Sequence[Dependency]]:
    """Return needs in groups of those that can stand in for each other."""
    groups: dict[str, list[Dependency]] = defaultdict(list)
    for each in needs:
        groups[each.alternative or each.input].append(each)
    return groups.values()


def in_order(graph: Graph) -> list[str]:
    """Return the inputs, each after what it needs, where that can be."""
    above = {name: [d.input for d in graph.needs.get(name, ())] for name in graph.inputs}
    try:
        return list(TopologicalSorter(above).static_order())
    except CycleError:
        return list(graph.inputs)
