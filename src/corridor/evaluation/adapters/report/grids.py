"""What the page shows side by side: scores by language and task, and gaps on one scale; as HTML draws them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from corridor.evaluation.adapters.report.chapters import Chapter
from corridor.evaluation.rules.prompts import ENGLISH
from corridor.evaluation.rules.summary import Gap

PALE, DEEP = (247, 251, 255), (8, 81, 156)
"""Of a score of 0 and of 1."""
WHITE_FROM = 0.55
"""From this score on, white can be read better."""
WIDTH = 240.0
"""Of the drawing of a gap, in its own units."""


@dataclass(frozen=True, slots=True)
class Box:
    """A score in the heat map."""

    record: str
    value: float
    low: float | None
    high: float | None
    n: int
    colour: str
    ink: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Languages by tasks."""

    columns: Sequence[Chapter]
    rows: Sequence[tuple[str, Sequence[Box | None]]]
    """By language; None where nothing was measured."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A gap with its interval, in units of the drawing."""

    language: str
    record: str
    finding: str
    value: float
    low: float
    high: float
    at: float
    start: float
    end: float
    zero: float


def grid_of(columns: Iterable[Chapter]) -> Grid | None:
    """Return the heat map of what are shares from 0 to 1; None where nothing is."""
    shown = [each for each in columns if each.bounded]
    tags = sorted({tag for each in shown for tag in each.records}, key=_english_first)
    if not shown:
        return None
    return Grid(shown, [(tag, [_box(each, tag) for each in shown]) for tag in tags])


def bars_of(columns: Iterable[Chapter]) -> list[tuple[Chapter, list[Bar]]]:
    """Return the gaps of each chapter that has any, all on one scale that has zero in it."""
    gaps = [
        (each, each.summary.gaps)
        for each in columns
        if each.bounded and each.summary is not None and each.summary.gaps
    ]
    values = [gap.value for _, found in gaps for gap in found.values()]
    least = min([0.0, *(value.low for value in values)])
    span = max([0.0, *(value.high for value in values)]) - least or 1.0

    def place(value: float) -> float:
        return round((value - least) / span * (WIDTH - 12) + 6, 1)

    return [
        (each, [_bar(each, tag, gap, place) for tag, gap in found.items()]) for each, found in gaps
    ]


def _bar(chapter: Chapter, tag: str, gap: Gap, place: Callable[[float], float]) -> Bar:
    value = gap.value
    return Bar(
        language=tag,
        record=chapter.records[tag].id,
        finding=gap.finding,
        value=value.value,
        low=value.low,
        high=value.high,
        at=place(value.value),
        start=place(value.low),
        end=place(value.high),
        zero=place(0.0),
    )


def colour_of(value: float) -> str:
    """Return the colour of a score: the deeper the blue, the higher."""
    share = min(1.0, max(0.0, value))
    return "#" + "".join(
        f"{round(pale + (deep - pale) * share):02x}" for pale, deep in zip(PALE, DEEP, strict=True)
    )


def _box(column: Chapter, tag: str) -> Box | None:
    if tag not in column.records:
        return None
    record, figure = column.records[tag], column.figures[tag]
    ink = "#fff" if figure.value >= WHITE_FROM else "#1d2733"
    return Box(
        record.id, figure.value, figure.low, figure.high, record.n, colour_of(figure.value), ink
    )


def _english_first(tag: str) -> tuple[bool, str]:
    return tag != ENGLISH, tag
