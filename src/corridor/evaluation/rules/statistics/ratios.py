"""The ratio of two sums over the same items, with its interval."""

import math
from collections.abc import Sequence

import numpy as np

from corridor.evaluation.rules.statistics.intervals import LEVEL, Interval, student_quantile
from corridor.evaluation.rules.statistics.outcomes import Floats, Ints, grouped


def ratio(above: Floats, below: Floats, clusters: Ints, level: float = LEVEL) -> Interval:
    """Return sum over sum, with a linearised, cluster-robust interval by Student's distribution.

    The error is that of the mean of `above - ratio * below`, over the mean of `below` (Cochran, Sampling
    Techniques, 3rd ed., 6.3), with clusters as in `intervals.standard_error`.
    """
    value = float(above.sum() / below.sum())
    sums, _ = grouped(above - value * below, clusters)
    g = len(sums)
    if g < 2:
        return Interval(value, -math.inf, math.inf)
    error = math.sqrt(g / (g - 1) * float(sums @ sums)) / float(below.sum())
    half = student_quantile((1 + level) / 2, g - 1) * error
    return Interval(value, value - half, value + half)


def numbered(names: Sequence[str]) -> Ints:
    """Return a number for each name, the same for the same."""
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)
