"""Where the boxes of a tree stand: the root at the left, what supports it to the right, nothing over anything else.

Each element has a stretch of the page's height to itself in which it and all below it stand; its contexts are above it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from corridor.assurance.records.trees import Context, Goal, Leaf, Strategy, Tree

WIDTH = 300.0
ACROSS, BETWEEN = 90.0, 16.0
"""Between columns, and between boxes of a column, in pixels."""
MARGIN = 24.0


@dataclass(frozen=True, slots=True)
class Box:
    """Where an element stands."""

    node: str
    x: float
    y: float
    height: float
    width: float = WIDTH

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Line:
    """From an element to what supports it, or to its context."""

    above: str
    below: str
    weight: float | None = None
    """None to a context."""


@dataclass(slots=True)
class Page:
    """All boxes and lines, and how large the whole is."""

    boxes: dict[str, Box] = field(default_factory=dict[str, Box])
    lines: list[Line] = field(default_factory=list[Line])
    width: float = 0.0
    height: float = 0.0


Element = Goal | Strategy | Leaf


def page_of(tree: Tree, heights: Mapping[str, float], top: float = MARGIN) -> Page:
    """Return where everything stands, given how high each box must be; the tree has no faults."""
    elements = {each.id: each for each in tree.nodes if not isinstance(each, Context)}
    page, drawn = Page(), _Drawn(elements, heights)
    waiting: list[tuple[str, float, float]] = [(tree.root, MARGIN, top)]
    while waiting:
        name, x, y = waiting.pop()
        element, whole = elements[name], drawn.stretch(name)
        own = drawn.own(element)
        start = y + (whole - own) / 2
        for context in drawn.contexts_of(element):
            page.boxes[context] = Box(context, x, start, heights[context])
            page.lines.append(Line(name, context))
            start += heights[context] + BETWEEN
        page.boxes[name] = Box(name, x, start, heights[name])
        below = _below(element)
        start = y + (whole - drawn.together(below)) / 2
        weights = (1.0,) if isinstance(element, Leaf) else element.weights or (1.0,)
        for child, weight in zip(below, weights, strict=False):
            page.lines.append(Line(name, child, weight))
            waiting.append((child, x + WIDTH + ACROSS, start))
            start += drawn.stretch(child) + BETWEEN
    page.width = max(each.x + each.width for each in page.boxes.values()) + MARGIN
    page.height = max(each.y + each.height for each in page.boxes.values()) + MARGIN
    return page


class _Drawn:
    """How much height elements take; a context that several stand in is drawn at the first."""

    def __init__(self, elements: Mapping[str, Element], heights: Mapping[str, float]) -> None:
        self.heights = heights
        self.contexts: dict[str, tuple[str, ...]] = {}
        seen: set[str] = set()
        for name, element in elements.items():
            self.contexts[name] = tuple(c for c in element.in_context_of if c not in seen)
            seen.update(element.in_context_of)
        self.stretches = self._measured(elements)

    def contexts_of(self, element: Element) -> tuple[str, ...]:
        return self.contexts[element.id]

    def own(self, element: Element) -> float:
        above = sum(self.heights[c] + BETWEEN for c in self.contexts[element.id])
        return above + self.heights[element.id]

    def stretch(self, name: str) -> float:
        return self.stretches[name]

    def together(self, names: tuple[str, ...]) -> float:
        return sum(self.stretches[n] for n in names) + BETWEEN * max(0, len(names) - 1)

    def _measured(self, elements: Mapping[str, Element]) -> dict[str, float]:
        self.stretches: dict[str, float] = {}
        waiting = list(elements)
        while waiting:
            element = elements[waiting[-1]]
            missing = [name for name in _below(element) if name not in self.stretches]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            self.stretches[element.id] = max(self.own(element), self.together(_below(element)))
        return self.stretches


def _below(element: Element) -> tuple[str, ...]:
    return () if isinstance(element, Leaf) else element.supported_by
