"""How differences scatter when clusters are drawn anew: the paired cluster bootstrap.

Whole clusters are drawn with replacement, with all their items in all languages, so that what hangs
together stays together (Davison and Hinkley, Bootstrap Methods and their Application, 1997, 2.4 and
3.8). Each draw is studentised by its own cluster-robust error, as in the bootstrap-t of Efron (1981).
"""

import math
from collections.abc import Iterator

import numpy as np

from corridor.evaluation.rules.statistics.outcomes import Floats

TIMES = 1999
AT_ONCE = 4_000_000
"""How many weights are held in memory."""


def studentised(
    sums: Floats, sizes: Floats, seed: int, added: Floats | float = 0.0, times: int = TIMES
) -> Floats:
    """Return (mean of a draw - mean) / error of the draw, draws x columns.

    `sums` and `sizes` are clusters x columns: the sum of a cluster's values, and how many there are. All
    columns share the draws. `added` is the size of two values, +1 and -1, that go with each draw: 0 for
    none (see `paired.centre_and_error`). A draw that has the mean gives 0.
    """
    means = sums.sum(axis=0) / (sizes.sum(axis=0) + 2 * added)
    draws = _draws(len(sums), seed, times)
    return np.vstack([_one(each, sums, sizes, means, np.asarray(added)) for each in draws])


def quantile(drawn: Floats, level: float) -> float:
    """Return what a share `level` of the draws does not exceed, counting the data as one more draw."""
    at = min(len(drawn), math.ceil(level * (len(drawn) + 1)))
    return float(np.sort(drawn)[at - 1])


def _draws(clusters: int, seed: int, times: int) -> Iterator[Floats]:
    random = np.random.default_rng(seed)
    chunk = max(1, AT_ONCE // clusters)
    for start in range(0, times, chunk):
        many = min(chunk, times - start)
        drawn = random.multinomial(clusters, np.full(clusters, 1 / clusters), size=many)
        yield drawn.astype(np.float64)


def _one(weights: Floats, sums: Floats, sizes: Floats, means: Floats, added: Floats) -> Floats:
    g = len(sums)
    n = weights @ sizes + 2 * added
    drawn = weights @ sums / n
    squares = weights @ sums**2 - 2 * drawn * (weights @ (sums * sizes))
    squares += drawn**2 * (weights @ sizes**2) + added**2 * (2 + 2 * drawn**2)
    errors = np.sqrt(np.where(added > 0, 1, g / (g - 1)) * np.maximum(squares, 1e-12)) / n
    away = drawn - means
    return np.where(np.abs(away) < 1e-12, 0.0, away / errors)
