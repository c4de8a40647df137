"""The ways by which a loss comes from an input to a service."""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from corridor.core.records import Part
from corridor.supply_chain.records import Dependency
from corridor.supply_chain.rules.chokepoints import single_points
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.hits import Hit


class Way(Part):
    """A way from an input up to a service."""

    path: tuple[str, ...]
    """From the input to the service."""
    whole: bool
    """Whether a loss of it comes through whole: it lies on all ways, or nothing can stand in."""


def ways(graph: Graph, name: str) -> dict[str, Way]:
    """Return, for each input that one rests on, the shortest of the ways with the fewest doubts.

    Raises:
        Circular: if something is needed for itself.
    """
    whole = {name, *single_points(graph, name)}
    found: dict[str, Way] = {}
    waiting: list[tuple[int, int, tuple[str, ...]]] = [(0, 1, (name,))]
    while waiting:
        doubts, length, path = heappop(waiting)
        if path[0] in found:
            continue
        found[path[0]] = Way(path=path, whole=path[0] in whole)
        for each in graph.needs.get(path[0], ()):
            if each.essentiality > 0 and each.input not in found:
                step = (doubts + _may_fail_alone(each), length + 1, (each.input, *path))
                heappush(waiting, step)
    return found


def _may_fail_alone(each: Dependency) -> bool:
    """Say whether a loss of it need not come through whole."""
    return each.essentiality < 2 or each.alternative is not None


def carrying(known: Mapping[str, Way], taken: Mapping[str, Sequence[Hit]]) -> list[Way]:
    """Return the ways from what is taken, the whole ones first, then by what is surely taken.

    What is taken only if somebody of unknown country is at home there is left out.
    """
    least = {
        name: max(hit.low for hit in hits)
        for name, hits in taken.items()
        if name in known and any(hit.low or hit.among or hit.stated != 0 for hit in hits)
    }
    order = sorted(least, key=lambda each: (not known[each].whole, -least[each], known[each].path))
    return [known[each] for each in order]
