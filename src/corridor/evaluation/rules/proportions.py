"""A proportion with its interval: plain Python, for what starts fast."""

import math

from corridor.evaluation.records import Estimate

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""


def wilson(correct: int, n: int, z: float = Z_95) -> Estimate:
    """Return a proportion with its Wilson score interval.

    Wilson, J. Am. Stat. Assoc. 22 (1927) 209, equation for the limits without continuity
    correction. It stays within 0 and 1 and is usable for small n.
    """
    p = correct / n
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if correct == 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if correct == n else min(1.0, (centre + half) / scale)
    return Estimate(value=p, low=low, high=high)
