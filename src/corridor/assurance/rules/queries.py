"""What evidence says to a query: met, missed, open, absent, stale, weak or contradicted.

The rule, for one file in one language:

1. Evidence counts that is on the query's suite (and data, if it names some), of a believed issuer, not dated
   more than a day ahead, with enough answers, and fresh. If there was some and none is fresh: stale.
2. Of each issuer, data and way of measuring the newest counts. Nobody's word comes before another's.
3. Together they give one figure: the worst value, the lowest low, the highest high. So one more piece of
   evidence that is worse than the others never makes an answer better.
4. Met: the end that the query names keeps the threshold. Missed: the opposite end does not. Contradicted:
   one piece meets it and another misses it. Weak: only evidence that calls itself weak meets it. Else open.

A bound that is not known keeps no threshold, and is beyond none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from math import inf
from typing import Literal, cast

from corridor.assurance.records.queries import End, EvidenceKind, Query
from corridor.core.records import RecordId
from corridor.evaluation import AXES, UNCOUNTED, Aim, Axis, Category, Cell, Conduct, wilson

AHEAD = timedelta(days=1)
"""As in evaluation: evidence that claims to be made later than this does not count."""
Found = Literal["met", "missed", "open", "absent", "stale", "weak", "contradicted"]
OPPOSITE: dict[End, End] = {"low": "high", "value": "value", "high": "low"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval; an end that is not known is infinitely far."""

    value: float
    low: float
    high: float

    @classmethod
    def within(cls, value: float, low: float | None, high: float | None) -> "Figure":
        """Return a figure of which a bound may not be known."""
        return cls(value, -inf if low is None else low, inf if high is None else high)

    def at(self, end: End) -> float:
        """Return one of its ends, or its value."""
        return {"low": self.low, "value": self.value, "high": self.high}[end]


Way = tuple[str, str, str]
"""Whose evidence, on which data, measured how: of each the newest counts."""
Key = tuple[str, EvidenceKind, str, str]
"""What evidence is looked up by: file, kind, suite, language."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An evaluation record as far as queries ask about it."""

    record: RecordId
    issuer: str
    made_at: datetime
    kind: EvidenceKind
    model_sha256: str
    suite: str
    suite_sha256: str
    method: str
    language: str
    n: int
    figures: Mapping[str, Figure]
    weak: tuple[str, ...] = ()
    """Why it counts as weak; empty where it does not."""
    weak_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The same by figure, where a reason is about some of them alone; else `weak` is about all."""
    cells: tuple[Cell, ...] = ()
    """Of safety: the counts by category."""
    corrected: bool = False
    """Whether some figures are corrected for the judge's errors. Those of a category never are."""

    @property
    def key(self) -> Key:
        """What it is looked up by."""
        return self.model_sha256, self.kind, self.suite, self.language

    @property
    def way(self) -> Way:
        """Return among which evidence it counts only if it is the newest."""
        return self.issuer, self.suite_sha256, self.method

    @property
    def piece(self) -> "Piece":
        """Return what was read, as a source does."""
        return self


@dataclass(frozen=True)
class Source:
    """An evaluation record whose figures are read only when a query needs them."""

    record: RecordId
    issuer: str
    made_at: datetime
    kind: EvidenceKind
    model_sha256: str
    suite: str
    suite_sha256: str
    method: str
    language: str
    n: int
    counted: Mapping[tuple[Aim, Category], int]
    """Of safety: how many answers have a verdict, by category."""
    read: Callable[[], Piece] = field(repr=False, compare=False)

    @property
    def key(self) -> Key:
        """What it is looked up by."""
        return self.model_sha256, self.kind, self.suite, self.language

    @property
    def way(self) -> Way:
        """Return among which evidence it counts only if it is the newest."""
        return self.issuer, self.suite_sha256, self.method

    @cached_property
    def piece(self) -> Piece:
        """Read it, once."""
        return self.read()


@dataclass(frozen=True, slots=True)
class Finding:
    """What evidence says to a query in one language."""

    found: Found
    language: str
    figure: Figure | None = None
    """None where nothing counts."""
    records: tuple[RecordId, ...] = ()
    """What it rests on; where it is stale, the newest that there was."""
    made_at: datetime | None = None
    """Of the oldest that it rests on: as fresh as that is the finding."""
    weak: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """All evidence by what it is looked up by; whoever is not believed is left out before."""

    pieces: dict[Key, list[Piece | Source]] = field(
        default_factory=dict[Key, list["Piece | Source"]]
    )

    @classmethod
    def of(cls, pieces: Iterable[Piece | Source]) -> "Held":
        """Return these pieces, to be looked up."""
        held = cls()
        for piece in pieces:
            held.pieces.setdefault(piece.key, []).append(piece)
        return held

    def on(self, query: Query, model_sha256: str, language: str) -> Sequence[Piece | Source]:
        """Return what there is for a query on one file in one language, fresh or not."""
        return self.pieces.get((model_sha256, query.kind, query.suite, language), ())

    def languages(self, model_sha256: str) -> list[str]:
        """Return the languages in which anything is known of a file."""
        return sorted({key[3] for key in self.pieces if key[0] == model_sha256})


def keys(query: Query, model_sha256: str, languages: Iterable[str]) -> set[Key]:
    """Return which evidence a query rests on: what comes with another key leaves its answer as it is."""
    asked = query.languages or tuple(languages)
    return {(model_sha256, query.kind, query.suite, language) for language in asked}


def keeps(query: Query, value: float) -> bool:
    """Tell whether a value keeps the query's threshold."""
    return value >= query.threshold if query.more_is_better else value <= query.threshold


def answered(
    query: Query, pieces: Iterable[Piece | Source], language: str, now: datetime
) -> Finding:
    """Return what pieces of evidence on one file say to a query in a language; no more are read than that takes."""
    newest = _newest_of_each(pieces, query, language, now)
    if not newest:
        return Finding("absent", language)
    oldest = now - timedelta(days=query.fresh_days)
    counting = [each for each in newest if each.made_at >= oldest]
    if not counting:  # what is not the newest of its way is older still
        last = max(newest, key=lambda each: each.made_at)
        return Finding("stale", language, records=(last.record,), made_at=last.made_at)
    return Finding(
        _found(query, counting),
        language,
        _together(query, [each for piece in counting if (each := figure_of(piece, query))]),
        tuple(each.record for each in counting),
        min(each.made_at for each in counting),
        tuple(dict.fromkeys(reason for each in counting for reason in weakness(each, query))),
    )


def figure_of(piece: Piece, query: Query) -> Figure | None:
    """Return the figure that a query asks for; None where there is none, or of too few answers."""
    if query.category is None:
        return piece.figures.get(query.figure) if piece.n >= query.n else None
    aim, counted = AXES[cast("Axis", query.figure)]
    found: dict[Conduct, int] = {}
    for cell in piece.cells:
        if cell.category == query.category and cell.aim == aim:
            for conduct, count in cell.conduct.items():
                found[conduct] = found.get(conduct, 0) + count
    n = sum(count for conduct, count in found.items() if conduct not in UNCOUNTED)
    if n < query.n:
        return None
    rate = wilson(sum(found.get(conduct, 0) for conduct in counted), n)
    return Figure(rate.value, rate.low, rate.high)


def weakness(piece: Piece, query: Query) -> tuple[str, ...]:
    """Return why a piece counts as weak for a query."""
    said = piece.weak_of.get(query.figure, ()) if piece.weak_of else piece.weak
    if query.category is None or not piece.corrected:
        return said
    return (*said, "counts of a category are not corrected for the judge's errors")


def judged(query: Query, figure: Figure) -> Found:
    """Return what one figure says to a query: met, missed or open."""
    end = query.end or ("low" if query.more_is_better else "high")
    if keeps(query, figure.at(end)):
        return "met"
    cautious = ("low", "value") if query.more_is_better else ("high", "value")
    best = figure.at(OPPOSITE[end] if end in cautious else end)
    return "open" if keeps(query, best) else "missed"


def _concerns(piece: Piece | Source, query: Query, language: str, now: datetime) -> bool:
    """Tell whether a query is about a piece, as far as that can be told without its figures."""
    return (
        (piece.kind, piece.suite, piece.language) == (query.kind, query.suite, language)
        and _of_enough(piece, query)
        and query.digest in (None, piece.suite_sha256)
        and (not query.issuers or piece.issuer in query.issuers)
        and piece.made_at < now + AHEAD
    )


def _newest_of_each(
    pieces: Iterable[Piece | Source], query: Query, language: str, now: datetime
) -> list[Piece]:
    """Return the newest of each issuer, data and way of measuring that has the figure, oldest first."""
    ways: dict[Way, list[Piece | Source]] = {}
    for each in pieces:
        if _concerns(each, query, language, now):
            ways.setdefault(each.way, []).append(each)
    found = [newest for each in ways.values() if (newest := _newest(each, query)) is not None]
    return sorted(found, key=lambda each: (each.made_at, each.record))


def _of_enough(piece: Piece | Source, query: Query) -> bool:
    """Tell whether a source rests on enough answers, of the category where one is named; of a piece the figure tells."""
    if isinstance(piece, Piece):
        return True
    if query.kind != "safety":
        return piece.n >= query.n
    aim, _ = AXES[cast("Axis", query.figure)]
    if query.category is None:
        return piece.n >= query.n and any(each == aim for each, _ in piece.counted)
    return piece.counted.get((aim, query.category), 0) >= query.n


def _newest(pieces: list[Piece | Source], query: Query) -> Piece | None:
    """Return the newest piece that has the figure; the older ones are not read."""
    oldest_first = sorted(pieces, key=lambda each: each.made_at)
    for each in reversed(oldest_first):  # of the same moment, the later arrival first
        if figure_of(each.piece, query) is not None:
            return each.piece
    return None


def _together(query: Query, figures: Sequence[Figure]) -> Figure:
    values = [each.value for each in figures]
    return Figure(
        min(values) if query.more_is_better else max(values),
        min(each.low for each in figures),
        max(each.high for each in figures),
    )


def _found(query: Query, counting: Sequence[Piece]) -> Found:
    figures = [each for piece in counting if (each := figure_of(piece, query))]
    each = [judged(query, figure) for figure in figures]
    if "met" in each and "missed" in each:
        return "contradicted"
    found = judged(query, _together(query, figures))
    strong = query.weak or any(not weakness(piece, query) for piece in counting)
    return "weak" if found == "met" and not strong else found
