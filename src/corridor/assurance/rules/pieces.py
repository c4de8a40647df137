"""Evaluation records as queries ask about them."""

from corridor.assurance.rules.queries import Figure, Piece
from corridor.evaluation import Evaluation, Measure


def of_capability(record: Evaluation, issuer: str) -> Piece:
    """Return the evidence in a share of right answers."""
    figures = {"score": Figure(record.score.value, record.score.low, record.score.high)}
    if (above := record.above_chance) is not None:
        figures["above_chance"] = Figure.within(above.value, above.low, above.high)
    return Piece(
        record=record.id,
        issuer=issuer,
        made_at=record.made_at,
        kind="capability",
        model_sha256=record.model_sha256,
        suite=record.suite,
        suite_sha256=record.suite_sha256,
        method=record.method,
        language=record.language,
        n=record.n,
        figures=figures,
    )


def of_measure(record: Measure, issuer: str) -> Piece:
    """Return the evidence in what was measured: the one figure, by the metric's name."""
    figure = record.figure
    return Piece(
        record=record.id,
        issuer=issuer,
        made_at=record.made_at,
        kind="measure",
        model_sha256=record.model_sha256,
        suite=record.suite,
        suite_sha256=record.suite_sha256,
        method=record.method,
        language=record.language,
        n=record.n,
        figures={record.metric: Figure.within(figure.value, figure.low, figure.high)},
    )
