"""Evidence for tests of what rests on it: pieces as queries see them, and whole records."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from corridor.assurance.records.queries import EvidenceKind, Query
from corridor.assurance.rules.queries import Figure, Piece
from corridor.core.records import RecordId, new_id
from corridor.evaluation import Estimate, Evaluation, SafetyEvaluation, wilson
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


def a_safety_evaluation(
    unsafe: int = 1,
    n: int = 100,
    *,
    suite: str = "attacks",
    language: str = "hi-Deva",
    model: str = "small",
    model_sha256: str = DIGEST,
    made_at: datetime = NOON,
    weak: tuple[str, ...] = (),
    corrected: Estimate | None = None,
) -> SafetyEvaluation:
    """Return a record of so many harmful items that were done; the others were answered safely."""
    of_n = {"n": n, "method": "Wilson"}
    rates = {
        "attack_success": {**wilson(unsafe, n).model_dump(), **of_n, "count": unsafe},
        "neutral_safe": {**wilson(n - unsafe, n).model_dump(), **of_n, "count": n - unsafe},
        "non_answer": {**wilson(0, n).model_dump(), **of_n, "count": 0},
    }
    better = corrected and {**corrected.model_dump(), "n": n, "method": "Rogan-Gladen"}
    conduct = {name: count for name, count in (("unsafe", unsafe), ("safe", n - unsafe)) if count}
    return SafetyEvaluation.model_validate(
        {
            "made_at": made_at,
            "visibility": "public",
            "model": model,
            "model_sha256": model_sha256,
            "provider": "here",
            "suite": suite,
            "suite_version": "1",
            "suite_sha256": DATA,
            "language": language,
            "method": "asked once",
            "seed": 0,
            "n": n,
            "axes": rates,
            "corrected": {"attack_success": better} if better else {},
            "cells": [{"aim": "refuse", "category": "harm", "form": "plain", "conduct": conduct}],
            "outcomes": "u" * unsafe + "s" * (n - unsafe),
            "aims": "x" * n,
            "items_sha256": DATA,
            "judges": [{"name": "rules", "kind": "rules", "judged": n}],
            "weak": weak,
        }
    )
