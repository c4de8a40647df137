"""What differs: between two trees, and between what was found of two models, or of one by two trees."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from corridor.assurance.records.outcomes import STATES
from corridor.assurance.records.trees import Goal, Node, Strategy, Tree
from corridor.assurance.records.views import ElementChanged, ElementMoved, Ends, TreeDiff
from corridor.assurance.rules.trees.leaves import Support
from corridor.assurance.rules.trees.results import Evaluated

Kind = Literal["added", "removed", "changed"]
Direction = Literal["higher", "lower", "overlaps", "same"]
"""Of the bounds: higher and lower only where they have nothing in common."""


@dataclass(frozen=True, slots=True)
class Change:
    """An element that is in one tree alone, or not the same in both."""

    node: str
    kind: Kind
    what: tuple[str, ...] = ()
    """Which fields differ; of supports and weights also how."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was found of one element in one language, before and after."""

    node: str
    language: str
    before: Support
    after: Support

    @property
    def direction(self) -> Direction:
        """How the bounds moved."""
        before, after = self.before, self.after
        if (before.low, before.high) == (after.low, after.high):
            return "same"
        if after.low > before.high:
            return "higher"
        return "lower" if after.high < before.low else "overlaps"

    @property
    def is_worse(self) -> bool:
        """Whether the state is worse than before."""
        return STATES.index(self.after.state) > STATES.index(self.before.state)


def changes(before: Tree, after: Tree) -> Iterator[Change]:
    """Yield every element that differs: first what is there no longer, then the later tree in its order."""
    old, new = ({each.id: each for each in tree.nodes} for tree in (before, after))
    yield from (Change(name, "removed") for name in old if name not in new)
    for name, node in new.items():
        if name not in old:
            yield Change(name, "added")
        elif node != old[name]:
            yield Change(name, "changed", tuple(_differing(old[name], node)))
    if before.root != after.root:
        yield Change(after.root, "changed", (f"it is the root, where {before.root} was",))


def moves(before: Iterable[Evaluated], after: Iterable[Evaluated]) -> list[Moved]:
    """Return what differs of elements and languages that are in both."""
    earlier = {each.language: each.supports for each in before}
    found: list[Moved] = []
    for each in after:
        known = earlier.get(each.language, {})
        both = [(name, known[name], s) for name, s in each.supports.items() if name in known]
        found += [Moved(name, each.language, was, now) for name, was, now in reversed(both)]
    return [each for each in found if _differs(each.before, each.after)]


def shown(found: Iterable[Change], moved: Iterable[Moved]) -> TreeDiff:
    """Return what differs as doors show it."""
    return TreeDiff(
        changes=tuple(ElementChanged(node=c.node, kind=c.kind, what=c.what) for c in found),
        moved=tuple(
            ElementMoved(
                node=each.node,
                language=each.language,
                before=_ends(each.before),
                after=_ends(each.after),
                bounds=each.direction,
                worse=each.is_worse,
            )
            for each in moved
        ),
    )


def _ends(support: Support) -> Ends:
    return Ends(state=support.state, low=support.low, high=support.high, value=support.value)


def _differs(before: Support, after: Support) -> bool:
    return (before.state, before.low, before.high) != (after.state, after.low, after.high)


def _differing(before: Node, after: Node) -> Iterator[str]:
    if before.type != after.type:
        yield f"{before.type} to {after.type}"
        return
    if isinstance(before, Goal | Strategy) and isinstance(after, Goal | Strategy):
        yield from _supports(before, after)
    for name in type(after).model_fields:
        if name not in ("supported_by", "weights") and getattr(before, name) != getattr(
            after, name
        ):
            yield name


def _supports(before: Goal | Strategy, after: Goal | Strategy) -> Iterator[str]:
    old, new = _weighted(before), _weighted(after)
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield f"{name}: {_share(old.get(name))} to {_share(new.get(name))}"
    if list(old) != list(new) and sorted(old) == sorted(new):
        yield "the order of its supports"


def _weighted(node: Goal | Strategy) -> dict[str, float]:
    weights: Sequence[float] = node.weights or (1.0,)
    return dict(zip(node.supported_by, weights, strict=False))


def _share(weight: float | None) -> str:
    return "none" if weight is None else f"{weight:.0%}"
