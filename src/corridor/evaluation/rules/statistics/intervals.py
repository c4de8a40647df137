"""Intervals of one mean: Wilson where items are independent, cluster-robust where they hang together.

They speak of the items that a data set was drawn from, not of the items in it only; what holds for a
finite set alone is in `sequential`.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from corridor.evaluation.rules.proportions import wilson
from corridor.evaluation.rules.statistics.outcomes import Floats, Ints, grouped

LEVEL = 0.95
"""How often an interval is to hold the truth."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with what may be true of it."""

    value: float
    low: float
    high: float

    def moved(self, add: float, factor: float) -> "Interval":
        """Return (each + add) x factor, for a factor above 0."""
        return Interval(*((each + add) * factor for each in (self.value, self.low, self.high)))


def normal_quantile(p: float) -> float:
    """Return the quantile of the standard normal distribution."""
    return float(ndtri(p))


def student_quantile(p: float, df: float) -> float:
    """Return the quantile of Student's distribution with so many degrees of freedom."""
    return float(stdtrit(df, p))


def standard_error(values: Floats, clusters: Ints) -> float:
    """Return the cluster-robust standard error of a mean; infinite for a single cluster.

    Liang and Zeger, Biometrika 73 (1986) 13, for a mean: the square root of sum over clusters of
    (sum of residuals)^2, over n^2; times G / (G - 1) for G clusters, as for the sample variance, which
    it equals if each item is a cluster.
    """
    sums, sizes = grouped(values, clusters)
    g = len(sums)
    if g < 2:
        return math.inf
    residuals = sums - values.mean() * sizes
    return math.sqrt(g / (g - 1) * float(residuals @ residuals)) / len(values)


def share(scores: Floats, clusters: Ints, level: float = LEVEL) -> Interval:
    """Return the mean of scores from 0 to 1 with an interval that stays there.

    Wilson's score interval for 0 and 1 where each item is its own cluster. Otherwise Wilson's with the
    effective number of items, p (1 - p) / V for the cluster-robust variance V, and Student's quantile for
    G - 1 degrees of freedom (Korn and Graubard, Survey Methodology 24 (1998) 193, who put the effective
    number into an exact interval; Franco, Little, Louis and Slud, J. Surv. Stat. Methodol. 7 (2019)
    334, who put it into Wilson's). Where all scores are 0 or all 1, V says nothing and
    each cluster counts as one item.
    """
    n, g, p = len(scores), len(np.unique(clusters)), float(scores.mean())
    binary = bool(np.all((scores == 0) | (scores == 1)))
    if g == n and binary:
        found = wilson(round(p * n), n, normal_quantile((1 + level) / 2))
        return Interval(found.value, found.low, found.high)
    if g < 2:
        return Interval(p, 0.0, 1.0)
    variance, spread = standard_error(scores, clusters) ** 2, p * (1 - p)
    effective = spread / variance if variance > 0 and spread > 0 else float(g)
    return _wilson(p, effective, student_quantile((1 + level) / 2, g - 1))


def mean(values: Floats, clusters: Ints, level: float = LEVEL) -> Interval:
    """Return the mean of any values with its cluster-robust interval by Student's distribution."""
    value, g = float(values.mean()), len(np.unique(clusters))
    if g < 2:
        return Interval(value, -math.inf, math.inf)
    half = student_quantile((1 + level) / 2, g - 1) * standard_error(values, clusters)
    return Interval(value, value - half, value + half)


def _wilson(p: float, n: float, z: float) -> Interval:
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(
        p, min(p, max(0.0, (centre - half) / scale)), max(p, min(1.0, (centre + half) / scale))
    )
