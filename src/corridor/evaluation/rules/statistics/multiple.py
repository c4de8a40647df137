"""Several languages at once: which findings stand, and which language may be the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from corridor.evaluation.rules.statistics.bootstrap import TIMES, quantile, studentised
from corridor.evaluation.rules.statistics.intervals import LEVEL, Interval, student_quantile
from corridor.evaluation.rules.statistics.outcomes import Floats, Ints, grouped, is_binary
from corridor.evaluation.rules.statistics.paired import centre_and_error

K = TypeVar("K")


def holm(ps: Mapping[K, float]) -> dict[K, float]:
    """Return p-values adjusted so that a false finding among all is as rare as its level says.

    Holm, Scand. J. Stat. 6 (1979) 65: the smallest of m is multiplied by m, the next by m - 1, ..., and
    none is below one before it. Whatever the dependence between them.
    """
    adjusted: dict[K, float] = {}
    running = 0.0
    for rank, key in enumerate(sorted(ps, key=lambda each: ps[each])):
        running = max(running, min(1.0, (len(ps) - rank) * ps[key]))
        adjusted[key] = running
    return {key: adjusted[key] for key in ps}


@dataclass(frozen=True, slots=True)
class Best:
    """How far each language is behind the best one, whichever that is."""

    behind: Mapping[str, Interval]
    """The interval holds for all languages together although the best was chosen by looking; the value,
    against the one that looks best, is on average too large."""
    candidates: tuple[str, ...]
    """Which may be the best: each of the others is not shown to be better."""
    n: int
    """Items that all have."""


def best(
    scores: Floats,
    languages: Sequence[str],
    clusters: Ints,
    seed: int,
    level: float = LEVEL,
    times: int = TIMES,
) -> Best:
    """Compare with the best language without favouring the one that was lucky.

    `scores` are items x at least two languages, without gaps. Intervals of all pairwise differences hold
    together (studentised cluster bootstrap of the largest one); from them, those of max_j s_j - s_i
    follow: the argument of Hsu's multiple comparisons with the best (Ann. Stat. 12 (1984) 1136), with
    all pairs in place of his one-sided bounds.
    """
    k = len(languages)
    firsts, seconds = np.triu_indices(k, 1)
    differences = scores[:, firsts] - scores[:, seconds]
    binary = [is_binary(scores[:, [i, j]]) for i, j in zip(firsts, seconds, strict=True)]
    multiplier = _together(differences, binary, clusters, seed, level, times)
    low, high = np.zeros((k, k)), np.zeros((k, k))
    for i, j, values, each in zip(firsts, seconds, differences.T, binary, strict=True):
        centre, error = centre_and_error(values, clusters, adjusted=each)
        half = multiplier * error
        low[j, i], high[j, i] = centre - half, centre + half
        low[i, j], high[i, j] = -centre - half, -centre + half
    means = scores.mean(axis=0)
    behind = {
        language: _interval(float(means.max() - means[i]), low[i], high[i])
        for i, language in enumerate(languages)
    }
    candidates = tuple(each for each in languages if behind[each].low <= 0)
    return Best(behind, candidates, len(scores))


def _interval(value: float, low: Floats, high: Floats) -> Interval:
    # Row i of the bounds is of s_j - s_i for each j, with 0 for itself: the best is at least itself.
    return Interval(value, min(value, float(low.max())), max(value, float(high.max())))


def _together(
    differences: Floats, binary: list[bool], clusters: Ints, seed: int, level: float, times: int
) -> float:
    columns = [grouped(column, clusters) for column in differences.T]
    sums = np.column_stack([sums for sums, _ in columns])
    sizes = np.column_stack([sizes for _, sizes in columns])
    drawn = np.abs(studentised(sums, sizes, seed, np.array(binary, dtype=np.float64), times))
    alone = student_quantile((1 + level) / 2, max(1, len(sums) - 1))
    return max(alone, quantile(drawn.max(axis=1), level))
