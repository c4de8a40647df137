"""How differences scatter when clusters are drawn anew: the paired cluster bootstrap.

Whole clusters are drawn with replacement, with all their items in all languages, so that what hangs
together stays together (Davison and Hinkley, Bootstrap Methods and their Application, 1997, 2.4 and
3.8). Each draw is studentised by its own cluster-robust error, as in the bootstrap-t of Efron (1981).
"""

from collections.abc import Iterator

import numpy as np

from corridor.evaluation.rules.statistics.outcomes import Floats

TIMES = 1999
AT_ONCE = 4_000_000
"""How many weights are held in memory."""


def studentised(sums: Floats, sizes: Floats, seed: int, times: int = TIMES) -> Floats:
    """Return (mean of a draw - mean) / error of the draw, draws x columns.

    `sums` and `sizes` are clusters x columns: the sum of a cluster's values, and how many there are. All
    columns share the draws. A draw in which nothing scatters gives 0 if it has the mean, else an
    infinite value.
    """
    means = sums.sum(axis=0) / sizes.sum(axis=0)
    return np.vstack([_one(each, sums, sizes, means) for each in _draws(len(sums), seed, times)])


def _draws(clusters: int, seed: int, times: int) -> Iterator[Floats]:
    random = np.random.default_rng(seed)
    chunk = max(1, AT_ONCE // clusters)
    for start in range(0, times, chunk):
        many = min(chunk, times - start)
        drawn = random.multinomial(clusters, np.full(clusters, 1 / clusters), size=many)
        yield drawn.astype(np.float64)


def _one(weights: Floats, sums: Floats, sizes: Floats, means: Floats) -> Floats:
    g = len(sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = weights @ sizes
        drawn = weights @ sums / n
        squares = weights @ sums**2 - 2 * drawn * (weights @ (sums * sizes))
        squares += drawn**2 * (weights @ sizes**2)
        # Rounding makes a little more or less than nothing of a draw that does not scatter.
        squares[squares < 1e-9 * n] = 0
        errors = np.sqrt(g / (g - 1) * squares) / n
        away = drawn - means
        away[np.abs(away) < 1e-12] = 0
        return np.where(away == 0, 0.0, away / errors)
