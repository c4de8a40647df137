"""Samples for tests: made by hand, or drawn from a model of items and languages."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corridor.evaluation.records.samples import Sample, Verdict


def a_sample(
    item: str,
    language: str,
    score: float,
    *,
    verdict: Verdict | None = None,
    cluster: str = "",
    repeat: int = 0,
    metric: str = "accuracy",
    output: str = "",
) -> Sample:
    """Return an answer, right or wrong by its score unless the verdict says more."""
    return Sample(
        item=item,
        language=language,
        model="m",
        model_sha256="a" * 64,
        provider="p",
        output_sha256=output or "b" * 64,
        score=score,
        verdict=verdict or ("right" if score == 1 else "wrong"),
        scorer="choice@1",
        data_sha256="d" * 64,
        metric=metric,
        cluster=cluster,
        repeat=repeat,
    )


def samples_of(scores: Mapping[str, Sequence[float]], clusters: Sequence[str] = ()) -> list[Sample]:
    """Return samples by language, items numbered from 0."""
    return [
        a_sample(str(i), language, score, cluster=clusters[i] if clusters else "")
        for language, column in scores.items()
        for i, score in enumerate(column)
    ]


def clustered(
    random: np.random.Generator, share: float, clusters: int, size: int, hang: float, times: int = 1
) -> NDArray[np.float64]:
    """Return times x items of 0 and 1 with this mean, the items of a cluster hanging together.

    With the chance `hang` an item takes its cluster's draw instead of its own, so two items of a
    cluster are correlated by hang squared.
    """
    shared = random.random((times, clusters, 1)) < share
    own = random.random((times, clusters, size)) < share
    takes = random.random((times, clusters, size)) < hang
    return np.where(takes, shared, own).reshape(times, -1).astype(np.float64)
