"""Confidence sequences: intervals for a mean that hold at all times together, for independent values.

For values that are drawn anew each time (prompts of a live service, answers at a temperature), not for
a suite of which each item is asked once: `decisions` needs fewer there. Values of one passage are not
independent; give one value, their mean, for each.
"""

import numpy as np

from corridor.evaluation.rules.statistics.outcomes import Floats

GRID = 501
"""Means that are tried."""
STAKES = np.geomspace(0.05, 2.0, 8)
MOST = 0.9
CAP = 0.5
"""The largest bet of the empirical Bernstein sequence."""


def betting(values: Floats, error: float = 0.05, low: float = 0.0, high: float = 1.0) -> Floats:
    """Return a lower and an upper bound after each value, 2 x values.

    Hedged betting (Waudby-Smith and Ramdas, J. R. Stat. Soc. B 86 (2024) 1, theorem 3): a mean is kept
    while neither a game against larger ones nor one against smaller ones has earned 2 / error. Each game
    plays a fixed set of stakes side by side in place of their predictable plug-in.
    """
    scaled = (values - low) / (high - low)
    grid = np.linspace(0, 1, GRID)
    limit = np.log(2 / error)
    above = _wealth(scaled, grid, 1.0) >= limit
    below = _wealth(scaled, grid, -1.0) >= limit
    # Once refuted stays refuted; the grid's next point outwards keeps the bounds safe.
    at_least = np.argmin(np.logical_or.accumulate(above, axis=0), axis=1)
    at_most = GRID - 1 - np.argmin(np.logical_or.accumulate(below, axis=0)[:, ::-1], axis=1)
    bounds = np.array([grid[np.maximum(at_least - 1, 0)], grid[np.minimum(at_most + 1, GRID - 1)]])
    return low + bounds * (high - low)


def empirical_bernstein(
    values: Floats, error: float = 0.05, low: float = 0.0, high: float = 1.0
) -> Floats:
    """Return a lower and an upper bound after each value, 2 x values, in closed form.

    Waudby-Smith and Ramdas (as above), theorem 2, with the predictable bets of their equation (15) and
    (-log(1 - bet) - bet) (value - mean before)^2. Wider than betting, and without a grid.
    """
    scaled = (values - low) / (high - low)
    t = np.arange(1, len(scaled) + 1)
    means = (0.5 + np.cumsum(scaled)) / (t + 1)
    variances = (0.25 + np.cumsum((scaled - means) ** 2)) / (t + 1)
    before = np.concatenate(([0.5], means[:-1]))
    variance_before = np.concatenate(([0.25], variances[:-1]))
    bets = np.minimum(np.sqrt(2 * np.log(2 / error) / (variance_before * t * np.log1p(t))), CAP)
    staked = np.cumsum(bets)
    centre = np.cumsum(bets * scaled) / staked
    cost = np.cumsum((scaled - before) ** 2 * (-np.log1p(-bets) - bets))
    half = (np.log(2 / error) + cost) / staked
    lows = np.maximum.accumulate(np.maximum(centre - half, 0))
    highs = np.minimum.accumulate(np.minimum(centre + half, 1))
    return low + np.array([lows, highs]) * (high - low)


def _wealth(values: Floats, grid: Floats, sign: float) -> Floats:
    gain = sign * (values[:, None] - grid[None, :])
    risk = np.maximum(grid if sign > 0 else 1 - grid, 1e-9)
    games = [np.cumsum(np.log1p(np.minimum(stake, MOST / risk) * gain), axis=0) for stake in STAKES]
    return np.logaddexp.reduce(np.array(games), axis=0) - np.log(len(STAKES))
