"""A tree as SVG: goals are rectangles, strategies slanted, contexts rounded, leaves have a bar at their left.

What was found is said in words and drawn as a bar from the low to the high bound; a colour says nothing that
the words do not.
"""

from collections.abc import Iterator, Sequence
from html import escape

from corridor.assurance.adapters.drawing.words import NOTES, words_in
from corridor.assurance.records import Context, Goal, Leaf, Node, State, Strategy, Tree, said
from corridor.assurance.rules.drawing.boxes import MARGIN, WIDTH, Box, Page, page_of
from corridor.assurance.rules.drawing.lines import is_right_to_left, wrapped
from corridor.assurance.rules.trees import RULE, Challenge, Evaluated, Support

FONTS = (
    "'Noto Sans','Noto Sans CJK JP','Noto Sans JP','Hiragino Sans','Yu Gothic',IPAexGothic,"
    "'Noto Sans Devanagari','Nirmala UI',Mangal,'Noto Sans Tamil',sans-serif"
)
SIZE, SMALL, STEP, SMALL_STEP = 13, 11, 19, 15
PAD, SLANT, BAR, GAP = 12, 14, 5, 5
COLOURS: dict[State, str] = {
    "left_out": "#8a8f98",
    "shown": "#1b7f4d",
    "open": "#8a6d1a",
    "weak": "#9a6a00",
    "undeveloped": "#6b7280",
    "stale": "#7a5c3e",
    "challenged": "#a3471d",
    "contradicted": "#7b2d8e",
    "refuted": "#b3261e",
}
INK, FAINT, EDGE, PAPER = "#1f2430", "#5b6270", "#9aa1ad", "#ffffff"
TINTS = {"goal": "#eef3fb", "strategy": "#f3f6ee", "context": "#fbf6ea", "leaf": "#ffffff"}


def drawn(
    tree: Tree,
    language: str = "en-Latn",
    evaluations: Sequence[Evaluated] = (),
    challenges: Sequence[Challenge] = (),
    subtitle: str = "",
) -> str:
    """Return a tree without faults as an SVG, with what was found of it where it was evaluated."""
    cards = {node.id: _Card(node, language, evaluations, challenges) for node in tree.nodes}
    title = wrapped(said(tree.title, language), 60)
    top = MARGIN + 26 * len(title) + 20 + MARGIN / 2
    page = page_of(tree, {name: card.height for name, card in cards.items()}, top)
    body = [*_head(title, subtitle), *_lines(page)]
    for name, box in page.boxes.items():
        body += cards[name].svg(box)
    note = NOTES.get(language, NOTES["en-Latn"]).format(rule=RULE) if evaluations else ""
    width = max(page.width, 900.0 if note else 0.0)
    height = page.height + (SMALL_STEP + 8 if note else 0)
    if note:
        body.append(_text(MARGIN, height - MARGIN / 2, note, SMALL, FAINT))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" lang="{language}" font-family="{FONTS}" role="img">\n'
        f"<title>{_plain(said(tree.title, language))}</title>\n"
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


class _Card:
    """What is written in an element's box, and how high it is."""

    def __init__(
        self,
        node: Node,
        language: str,
        evaluations: Sequence[Evaluated],
        challenges: Sequence[Challenge],
    ) -> None:
        self.node, self.language = node, language
        inner = WIDTH - 2 * PAD - (2 * SLANT if isinstance(node, Strategy) else 0)
        self.title = wrapped(f"{node.id}  {said(node.title, language)}".strip(), inner / SIZE)
        self.text = wrapped(said(node.text, language), inner / SIZE)
        self.asks = [
            line for ask in _asks(node, language) for line in wrapped(ask, inner / SMALL, lines=3)
        ]
        self.rows = [
            (each.language, each.supports[node.id])
            for each in evaluations
            if node.id in each.supports
        ]
        waiting = [c for c in challenges if c.defeater.node == node.id and c.answer is None]
        self.challenged = [
            line
            for each in waiting
            for line in wrapped(f"⚑ {_whose(each)}: {each.defeater.reasons}", inner / SMALL, 4)
        ]

    @property
    def height(self) -> float:
        """How high the box must be."""
        small = len(self.asks) + len(self.challenged)
        texts = STEP * (len(self.title) + len(self.text)) + SMALL_STEP * small
        gap = GAP if self.rows else 0
        return 2 * PAD + texts + gap + (SMALL_STEP + BAR + 6) * len(self.rows)

    def svg(self, box: Box) -> Iterator[str]:
        """Yield the box and what is in it."""
        yield _shape(self.node, box)
        x, y = box.x + PAD + (SLANT if isinstance(self.node, Strategy) else 0), box.y + PAD
        for line in self.title:
            yield _text(x, y + SIZE, line, SIZE, INK, bold=True)
            y += STEP
        for line in self.text:
            yield _text(x, y + SIZE, line, SIZE, INK, right=box.x + box.width - PAD)
            y += STEP
        for lines, colour in ((self.asks, FAINT), (self.challenged, COLOURS["challenged"])):
            for line in lines:
                yield _text(x, y + SMALL, line, SMALL, colour, right=box.x + box.width - PAD)
                y += SMALL_STEP
        inner = box.x + box.width - PAD - (SLANT if isinstance(self.node, Strategy) else 0) - x
        y += GAP
        for language, support in self.rows:
            yield _text(x, y + SMALL, self._said(language, support), SMALL, COLOURS[support.state])
            yield from _bar(x, y + SMALL_STEP + 1, inner, support)
            y += SMALL_STEP + BAR + 6

    def _said(self, language: str, support: Support) -> str:
        word = words_in(self.language)[support.state]
        if support.state == "left_out":
            return f"{language}: {word}"
        value = "" if support.value is None else f" {support.value:.2f}"
        return f"{language}: {word}{value} ({support.low:.2f}–{support.high:.2f})"


def _asks(node: Node, language: str) -> Iterator[str]:
    if isinstance(node, Leaf):
        for query in node.queries:
            yield query.asks.replace(" at most ", " ≤").replace(" at least ", " ≥")
        if node.question and not node.queries:
            yield f"? {said(node.question, language)}"


def _shape(node: Node, box: Box) -> str:
    x, y, w, h = box.x, box.y, box.width, box.height
    fill = f'fill="{TINTS[node.type]}" stroke="{EDGE}"'
    if isinstance(node, Strategy):
        corners = (x + SLANT, y), (x + w, y), (x + w - SLANT, y + h), (x, y + h)
        return f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in corners)}" {fill}/>'
    radius = 16 if isinstance(node, Context) else 2
    rect = f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{radius}" {fill}/>'
    if isinstance(node, Leaf):
        rect += f'<rect x="{x:.1f}" y="{y:.1f}" width="4" height="{h:.1f}" fill="{FAINT}"/>'
    if isinstance(node, Goal) and node.rank == "top":
        rect += f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="3" fill="{INK}"/>'
    return rect


def _bar(x: float, y: float, width: float, support: Support) -> Iterator[str]:
    yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}" fill="#e5e8ee"/>'
    if support.state == "left_out":
        return
    start, length = x + width * support.low, max(2.0, width * (support.high - support.low))
    start = min(start, x + width - length)
    colour = COLOURS[support.state]
    yield (
        f'<rect x="{start:.1f}" y="{y:.1f}" width="{length:.1f}" height="{BAR}" fill="{colour}" '
        f'fill-opacity="{1 if support.known >= 1 else 0.35}"/>'
    )


def _lines(page: Page) -> Iterator[str]:
    for line in page.lines:
        start, end = page.boxes[line.above], page.boxes[line.below]
        if line.weight is None:
            x = start.x + 24
            yield _path(f"M{x:.1f},{end.y + end.height:.1f} L{x:.1f},{start.y:.1f}", dashed=True)
            continue
        x0, x1, turn = start.x + start.width, end.x, end.x - 56
        curve = f"M{x0:.1f},{start.middle:.1f} C{turn:.1f},{start.middle:.1f} {turn:.1f},{end.middle:.1f} "
        yield _path(f"{curve}{x1 - 40:.1f},{end.middle:.1f} L{x1:.1f},{end.middle:.1f}")
        if line.weight < 1:
            yield _text(x1 - 36, end.middle - 4, f"{line.weight:.0%}", SMALL, FAINT)


def _path(shape: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<path d="{shape}" fill="none" stroke="{EDGE}"{dash}/>'


def _head(title: Sequence[str], subtitle: str) -> Iterator[str]:
    y = MARGIN + 18
    for line in title:
        yield _text(MARGIN, y, line, 20, INK, bold=True)
        y += 26
    if subtitle:
        yield _text(MARGIN, y - 4, subtitle, SIZE, FAINT)


def _text(
    x: float,
    y: float,
    text: str,
    size: int,
    colour: str,
    *,
    bold: bool = False,
    right: float | None = None,
) -> str:
    turned = right is not None and is_right_to_left(text)
    place = f'x="{right:.1f}" direction="rtl"' if turned else f'x="{x:.1f}"'
    weight = ' font-weight="600"' if bold else ""
    return f'<text {place} y="{y:.1f}" font-size="{size}" fill="{colour}"{weight}>{_plain(text)}</text>'


def _plain(text: str) -> str:
    """Return a text as XML has it: without control characters, which it cannot hold."""
    return escape("".join(c if c.isprintable() or c == "\u200d" else " " for c in text))


def _whose(challenge: Challenge) -> str:
    """Return who challenges, and in which language alone, if it is in one."""
    by, language = challenge.defeater.by, challenge.defeater.language
    return f"{by} ({challenge.issuer}, {language})" if language else f"{by} ({challenge.issuer})"
