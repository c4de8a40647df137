"""The elements of a tree in the order in which one reads it, each with what it counts in the whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from corridor.assurance.records.trees import Context, Goal, Leaf, Strategy, Tree


@dataclass(frozen=True, slots=True)
class Place:
    """An element where it stands in a tree."""

    node: Goal | Strategy | Leaf
    depth: int
    weight: float
    """What it counts in the whole."""


def places(tree: Tree) -> Iterator[Place]:
    """Yield what the root rests on, each element before what supports it."""
    nodes = {each.id: each for each in tree.nodes if not isinstance(each, Context)}
    waiting = [Place(nodes[tree.root], 0, 1.0)]
    while waiting:
        place = waiting.pop()
        yield place
        if not isinstance(place.node, Leaf):
            below = zip(place.node.supported_by, weights(place.node), strict=True)
            waiting += reversed(
                [Place(nodes[n], place.depth + 1, place.weight * w) for n, w in below]
            )


def weights(node: Goal | Strategy) -> tuple[float, ...]:
    """Return how much each support counts; a single one counts whole."""
    return node.weights or (1.0,)
