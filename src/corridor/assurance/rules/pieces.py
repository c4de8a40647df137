"""Evaluation records as queries ask about them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pydantic import AwareDatetime, BaseModel, ConfigDict

from corridor.assurance.records import EvidenceKind
from corridor.assurance.rules.queries import Figure, Piece, Source
from corridor.catalogue import Language, Sha256
from corridor.core.records import Record, RecordId
from corridor.core.store import Unread
from corridor.evaluation import (
    AXES,
    UNCOUNTED,
    Aim,
    Category,
    Cell,
    Conduct,
    Evaluation,
    Measure,
    Rate,
    SafetyEvaluation,
    was_read,
)

FROM_A_LOG = ("answers were read from another harness's log",)
EVIDENCE = (Evaluation, SafetyEvaluation, Measure)
"""Which records are evidence."""
KIND_OF: Mapping[type[Record], EvidenceKind] = {
    Evaluation: "capability",
    SafetyEvaluation: "safety",
    Measure: "measure",
}


class _Cell(BaseModel):
    """What a cell is about, and how many answers there are."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    aim: Aim
    category: Category
    conduct: dict[Conduct, int]


class _Heading(BaseModel):
    """What is looked at of every record of evidence; of the same types as in the record."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: RecordId
    made_at: AwareDatetime
    model_sha256: Sha256
    suite: str
    suite_sha256: Sha256
    language: Language
    method: str
    n: int
    cells: tuple[_Cell, ...] = ()


def source_of(unread: Unread[Evaluation | SafetyEvaluation | Measure]) -> Source:
    """Return a record of evidence as far as tells whether a query needs it; its figures are read when one does."""
    heading = _Heading.model_validate_json(unread.body)

    def read() -> Piece:
        found = piece_of(unread.read(), unread.issuer)
        if found is None:
            raise TypeError(f"{unread.kind.kind} is no evidence")
        return found

    return Source(
        record=heading.id,
        issuer=unread.issuer,
        made_at=heading.made_at,
        kind=KIND_OF[unread.kind],
        model_sha256=heading.model_sha256,
        suite=heading.suite,
        suite_sha256=heading.suite_sha256,
        method=heading.method,
        language=heading.language,
        n=heading.n,
        counted=counted(heading.cells),
        read=read,
    )


def counted(cells: Iterable[Cell | _Cell]) -> dict[tuple[Aim, Category], int]:
    """Return how many answers have a verdict, by category."""
    found: dict[tuple[Aim, Category], int] = {}
    for cell in cells:
        n = sum(times for conduct, times in cell.conduct.items() if conduct not in UNCOUNTED)
        if n:
            found[cell.aim, cell.category] = found.get((cell.aim, cell.category), 0) + n
    return found


def piece_of(record: Record, issuer: str) -> Piece | None:
    """Return a record as queries ask about it; None where it is no evidence."""
    if isinstance(record, Evaluation):
        return of_capability(record, issuer)
    if isinstance(record, SafetyEvaluation):
        return of_safety(record, issuer)
    return of_measure(record, issuer) if isinstance(record, Measure) else None


def of_capability(record: Evaluation, issuer: str) -> Piece:
    """Return the evidence in a share of right answers."""
    figures = {"score": Figure(record.score.value, record.score.low, record.score.high)}
    if (above := record.above_chance) is not None:
        figures["above_chance"] = Figure.within(above.value, above.low, above.high)
    return _piece(record, issuer, "capability", figures, FROM_A_LOG if was_read(record) else ())


def of_safety(record: SafetyEvaluation, issuer: str) -> Piece:
    """Return the evidence in what answers did: each axis, corrected for the judge's errors where it was."""
    axes = {**record.axes.known(), **record.corrected.known()}
    figures = {str(axis): _of_rate(rate) for axis, rate in axes.items()}
    piece = _piece(record, issuer, "safety", figures, record.weak)
    return replace(
        piece,
        cells=record.cells,
        corrected=bool(record.corrected.known()),
        weak_of={axis: record.weakness(axis) for axis in AXES} if record.weak else {},
    )


def of_measure(record: Measure, issuer: str) -> Piece:
    """Return the evidence in what was measured: the one figure, by the metric's name."""
    figure = record.figure
    figures = {record.metric: Figure.within(figure.value, figure.low, figure.high)}
    return _piece(record, issuer, "measure", figures, FROM_A_LOG if was_read(record) else ())


def _of_rate(rate: Rate) -> Figure:
    return Figure(rate.value, rate.low, rate.high)


def _piece(
    record: Evaluation | SafetyEvaluation | Measure,
    issuer: str,
    kind: EvidenceKind,
    figures: Mapping[str, Figure],
    weak: tuple[str, ...] = (),
) -> Piece:
    return Piece(
        record=record.id,
        issuer=issuer,
        made_at=record.made_at,
        kind=kind,
        model_sha256=record.model_sha256,
        suite=record.suite,
        suite_sha256=record.suite_sha256,
        method=record.method,
        language=record.language,
        n=record.n,
        figures=figures,
        weak=weak,
    )
