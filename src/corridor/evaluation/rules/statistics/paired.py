"""Paired differences: the same items in two languages, or asked of two models.

A difference is first minus second. What is said of its sign depends on the order only.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, stdtr

from corridor.evaluation.rules.statistics.bootstrap import TIMES, quantile, studentised
from corridor.evaluation.rules.statistics.intervals import (
    LEVEL,
    Interval,
    normal_quantile,
    standard_error,
    student_quantile,
)
from corridor.evaluation.rules.statistics.outcomes import Floats, Ints, grouped, is_binary

POWER = 0.8
"""How often the minimum detectable gap would be found."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean paired difference, and how surely it is known."""

    n: int
    """Pairs."""
    clusters: int
    value: float
    centre: float
    """Of the interval: the value, or the value adjusted (Bonett and Price)."""
    error: float
    """Standard error around the centre."""
    multiplier: float
    """How many standard errors the interval is wide on each side."""
    p: float
    """How likely a difference as large as this one is, where there is none: McNemar's exact test for
    independent items that are right or wrong, otherwise the bootstrap's."""
    method: str

    @property
    def interval(self) -> Interval:
        """The value with its interval."""
        half = self.multiplier * self.error
        low, high = self.centre - half, self.centre + half
        return Interval(self.value, min(low, self.value), max(high, self.value))


def mcnemar(better: int, worse: int) -> float:
    """Return the two-sided exact p-value of so many discordant pairs each way.

    McNemar, Psychometrika 12 (1947) 153, by the binomial distribution with 1/2. It holds its level for
    any n, and is conservative.
    """
    return min(1.0, 2 * float(bdtr(min(better, worse), better + worse, 0.5)))


def difference(
    first: Floats,
    second: Floats,
    clusters: Ints,
    seed: int,
    level: float = LEVEL,
    times: int = TIMES,
) -> Difference:
    """Return the mean of first minus second over items, which must all be there.

    Right or wrong and independent: McNemar's p and the adjusted Wald interval of Bonett and Price, J.
    Educ. Behav. Stat. 37 (2012) 479: one pair more of each discordant kind, so that few or no discordant
    pairs are not taken for certainty. Otherwise the paired cluster bootstrap, symmetric and studentised,
    for right and wrong with the same adjustment.
    """
    values = first - second
    g = len(np.unique(clusters))
    binary = is_binary(first) and is_binary(second)
    centre, error = centre_and_error(values, clusters, adjusted=binary)
    n, value = len(values), float(values.mean())
    if binary and g == n:
        p = mcnemar(int((values > 0).sum()), int((values < 0).sum()))
        z = normal_quantile((1 + level) / 2)
        return Difference(n, g, value, centre, error, z, p, "McNemar, Bonett-Price")
    if g < 2:
        return Difference(n, g, value, centre, math.inf, 1.0, 1.0, "one cluster")
    sums, sizes = grouped(values, clusters)
    drawn = np.abs(studentised(sums[:, None], sizes[:, None], seed, float(binary), times)[:, 0])
    seen = abs(centre) / error if error > 0 else math.inf
    p = (1 + int((drawn >= seen).sum())) / (len(drawn) + 1) if centre else 1.0
    # Where nothing scatters, no draw says how wide to be.
    multiplier = quantile(drawn, level) if drawn.any() else student_quantile((1 + level) / 2, g - 1)
    return Difference(n, g, value, centre, error, multiplier, p, "paired cluster bootstrap")


def centre_and_error(values: Floats, clusters: Ints, *, adjusted: bool) -> tuple[float, float]:
    """Return where an interval is centred, and the standard error there.

    Adjusted (Bonett and Price 2012): with two pairs more, one discordant each way, each a cluster of its
    own. Where no pair is discordant nothing tells how far clusters hang together, and each of the two
    has the mean size of a cluster.
    """
    if not adjusted:
        return float(values.mean()), standard_error(values, clusters)
    sums, sizes = grouped(values, clusters)
    added = 1.0 if values.any() else float(sizes.mean())
    sums = np.append(sums, (added, -added))
    sizes = np.append(sizes, (added, added))
    n = float(sizes.sum())
    centre = float(sums.sum()) / n
    residuals = sums - centre * sizes
    return centre, math.sqrt(float(residuals @ residuals)) / n


def equivalence(found: Difference, margin: float) -> float:
    """Return the p-value of "the difference is at least the margin", either way.

    Two one-sided tests (Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657): the larger of the two
    p-values, by Student's distribution with clusters - 1 degrees of freedom.
    """
    if not math.isfinite(found.error):
        return 1.0
    away = margin - abs(found.centre)
    if found.error == 0:
        return 0.0 if away > 0 else 1.0
    return float(stdtr(found.clusters - 1, -away / found.error))


def detectable(found: Difference, level: float = LEVEL, power: float = POWER) -> float:
    """Return the smallest difference that as many such pairs would show with the stated power.

    (z of (1 + level) / 2 + z of power) standard errors, of a two-sided test of one comparison; Miller,
    arXiv 2411.00640 (2024), section 5.
    """
    return (normal_quantile((1 + level) / 2) + normal_quantile(power)) * found.error


def pairs_needed(gap: float, discordant: float, level: float = LEVEL, power: float = POWER) -> int:
    """Return how many independent pairs show a gap with the stated power.

    `discordant` is the share of items that are right in one of the two only, at least the gap. Connor,
    Biometrics 43 (1987) 207: n = (z_a sqrt(d) + z_b sqrt(d - gap^2))^2 / gap^2.
    """
    a, b = normal_quantile((1 + level) / 2), normal_quantile(power)
    root = a * math.sqrt(discordant) + b * math.sqrt(max(0.0, discordant - gap * gap))
    return math.ceil((root / gap) ** 2)
