"""What is wrong with a tree, each fault with its place. A tree with faults is neither kept nor evaluated."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import fsum, isfinite

from corridor.assurance.records.trees import Context, Goal, Leaf, Strategy, Tree
from corridor.core.errors import Invalid

ROUNDING = 1e-6
"""How far weights may be from 1 together: they are written with few digits."""


class BadTree(Invalid):
    """A tree cannot be evaluated as it is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and at which element."""

    node: str
    what: str


def checked(tree: Tree, more: Iterable[Fault] = ()) -> Tree:
    """Return a tree that has no faults, neither those found here nor `more`.

    Raises:
        BadTree: with the first fault and its place, and how many more there are.
    """
    found = [*faults(tree), *more]
    if not found:
        return tree
    others = f" (and {len(found) - 1} more)" if found[1:] else ""
    first = found[0]
    raise BadTree(
        f"{tree.name}: node {first.node}: {first.what}{others}",
        hint="`corridor assurance tree check FILE` lists every fault.",
        node=first.node,
    )


def faults(tree: Tree) -> Iterator[Fault]:
    """Yield every fault; those that follow from a wrong shape are not looked for before it is right."""
    found = [*_names(tree), *_links(tree)]
    yield from found
    if found:
        return
    yield from _cycles(tree)
    yield from _shared(tree)
    yield from _weights(tree)
    yield from _unreached(tree)


def _names(tree: Tree) -> Iterator[Fault]:
    for name, count in Counter(each.id for each in tree.nodes).items():
        if count > 1:
            yield Fault(name, f"{count} nodes have this id.")
    if not isinstance(tree.node(tree.root), Goal):
        yield Fault(tree.root, "The root is no goal of this tree.")


def _links(tree: Tree) -> Iterator[Fault]:
    contexts = {each.id for each in tree.nodes if isinstance(each, Context)}
    others = {each.id for each in tree.nodes} - contexts
    for node in tree.nodes:
        if isinstance(node, Context):
            continue
        for name in node.in_context_of:
            if name not in contexts:
                yield Fault(node.id, f"It is in the context of {name}, which is no context here.")
        for name in () if isinstance(node, Leaf) else node.supported_by:
            if name not in others:
                yield Fault(node.id, f"It is supported by {name}, which is no goal here.")


def _weights(tree: Tree) -> Iterator[Fault]:
    for node in tree.nodes:
        if not isinstance(node, Goal | Strategy):
            continue
        count, weights = len(node.supported_by), node.weights
        if len(set(node.supported_by)) < count:
            yield Fault(node.id, "It names a support twice.")
        if not weights and count > 1:
            yield Fault(node.id, f"{count} supports and no weights.")
        elif weights and len(weights) != count:
            yield Fault(node.id, f"{count} supports and {len(weights)} weights.")
        elif any(not isfinite(each) or each < 0 for each in weights):
            yield Fault(node.id, "A weight is less than 0, or no number.")
        elif weights and abs(fsum(weights) - 1) > ROUNDING:
            yield Fault(node.id, f"The weights add up to {fsum(weights):g}, not to 1.")


def _shared(tree: Tree) -> Iterator[Fault]:
    above: dict[str, str] = {}
    for node in tree.nodes:
        for name in node.supported_by if isinstance(node, Goal | Strategy) else ():
            if above.setdefault(name, node.id) != node.id:
                yield Fault(name, f"It supports {above[name]} and {node.id}; it has one place.")


def _cycles(tree: Tree) -> Iterator[Fault]:
    """Yield the elements that support themselves: those left when what rests on none is taken away."""
    below = {
        each.id: set(each.supported_by if isinstance(each, Goal | Strategy) else ())
        for each in tree.nodes
    }
    while free := [name for name, supports in below.items() if not supports]:
        for name in free:
            del below[name]
        for supports in below.values():
            supports.difference_update(free)
    on_a_way_round = [name for name in below if _reaches(below, name, name)]
    for name in on_a_way_round[:1]:
        yield Fault(name, f"It supports itself, by way of {', '.join(sorted(on_a_way_round))}.")


def _reaches(below: dict[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    waiting = list(below[start])
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += below.get(name, ())
    return False


def _unreached(tree: Tree) -> Iterator[Fault]:
    nodes = {each.id: each for each in tree.nodes}
    seen, waiting = {tree.root}, [tree.root]
    while waiting:
        node = nodes[waiting.pop()]
        for name in node.supported_by if isinstance(node, Goal | Strategy) else ():
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    for node in tree.nodes:
        if node.id not in seen and not isinstance(node, Context):
            yield Fault(node.id, f"Nothing leads to it from {tree.root}.")
