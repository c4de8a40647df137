"""Evidence for tests of what rests on it: pieces as queries see them, and whole records."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from corridor.assurance.records.queries import EvidenceKind, Query
from corridor.assurance.rules.queries import Figure, Piece
from corridor.core.records import RecordId, new_id
from corridor.evaluation import Evaluation, wilson
from support.builders import NOON
from support.supply import DIGEST

DATA = "d" * 64


def a_query(**changes: object) -> Query:
    """Return a query for a score of at least 0.7 on the suite `facts`."""
    fields: dict[str, object] = {
        "kind": "capability",
        "suite": "facts",
        "at_least": 0.7,
        "fresh_days": 90,
    }
    return Query.model_validate({**fields, **changes})


def a_piece(
    value: float = 0.9,
    half: float = 0.05,
    *,
    record: str | None = None,
    issuer: str = "in",
    figure: str = "score",
    kind: EvidenceKind = "capability",
    suite: str = "facts",
    language: str = "hi-Deva",
    days: float = 1,
    n: int = 100,
    method: str = "asked once",
    data: str = DATA,
    model_sha256: str = DIGEST,
    weak: tuple[str, ...] = (),
    figures: Mapping[str, Figure] | None = None,
    now: datetime = NOON,
) -> Piece:
    """Return evidence with a value and half the width of its interval, some days old."""
    return Piece(
        record=RecordId(record) if record else new_id(),
        issuer=issuer,
        made_at=now - timedelta(days=days),
        kind=kind,
        model_sha256=model_sha256,
        suite=suite,
        suite_sha256=data,
        method=method,
        language=language,
        n=n,
        figures=figures or {figure: Figure(value, value - half, value + half)},
        weak=weak,
    )


def an_evaluation(
    correct: int = 90,
    n: int = 100,
    *,
    suite: str = "facts",
    language: str = "hi-Deva",
    model: str = "small",
    model_sha256: str = DIGEST,
    made_at: datetime = NOON,
    method: str = "asked once",
    data: str = DATA,
) -> Evaluation:
    """Return a record of so many right answers, with Wilson's interval."""
    score = wilson(correct, n)
    return Evaluation.model_validate(
        {
            "made_at": made_at,
            "visibility": "public",
            "model": model,
            "model_sha256": model_sha256,
            "provider": "here",
            "suite": suite,
            "suite_version": "1",
            "suite_sha256": data,
            "language": language,
            "method": method,
            "seed": 0,
            "n": n,
            "correct": correct,
            "outcomes": "1" * correct + "0" * (n - correct),
            "score": score.model_dump(),
        }
    )
