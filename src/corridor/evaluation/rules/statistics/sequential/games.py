"""The fair game behind a decision: bets on the next item's value, against a mean that is claimed.

Drawn without replacement, the remaining items' total is what the claimed mean leaves of it, so what an
item adds beyond that has mean zero if the claim is true (Waudby-Smith and Ramdas, NeurIPS 2020; by
betting: J. R. Stat. Soc. B 86 (2024) 1, section 5). Two things make the item's surprise small, and so
the game short: a prediction of each value from what is known, taken off and its exact sum over
the remaining items put back (a control variate whose coefficients are fitted to earlier items only, as in
PPI++: Angelopoulos, Duchi and Zrnic, arXiv 2311.01453), and, where no other language or model is known, drawing
uncertain items earlier, weighted by one over their chance (Zrnic and Candes, Active statistical inference, ICML 2024).
"""

import math
from dataclasses import dataclass

import numpy as np

from corridor.evaluation.rules.statistics.outcomes import Floats
from corridor.evaluation.rules.statistics.sequential.plans import Plan

SOONEST = 50
"""Items after which a question is settled at the soonest that bets are made for."""
LATEST = 0.5
"""Of a suite: bets that would win later win little."""
SQUARES = 24.0
"""Twice the logarithm of one over an error of 5 %, over a variance of 1/4."""
MOST = 0.9
"""Of what could be lost at most, at most this share is staked."""
TIE = 1e-9
"""Sums that differ by less are equal: what rounding leaves."""
RIDGE = 4.0
"""So many items are worth as much as the first guess."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What each item of a plan brought, whatever the claim; an array a field, a row an item."""

    left: Floats
    """Items left before it, itself included."""
    before: Floats
    """Sum of values before it."""
    estimated: Floats
    """What the remaining items add up to, estimated from it without bias."""
    most: Floats
    """The largest that this could have been, with any item and value."""
    least: Floats
    least_total: Floats
    """What all values add up to at least, once this item's is known."""
    most_total: Floats


def steps(plan: Plan, values: Floats) -> Steps:
    """Return what the first items of a plan brought; `values` are in its order."""
    n, asked = len(plan.items), len(values)
    remaining_weight = _after(plan.weights)[:asked]
    summed = np.cumsum(values)
    estimated, most, least = np.empty(asked), np.empty(asked), np.empty(asked)
    start = 0
    while start < asked:
        end = min(asked, max(start + 5, int(start * 1.1)))
        predicted = _predicted(plan, values[:start])
        weights, rest = plan.weights[start:], _after(predicted)[: end - start]
        up = _largest_after((plan.high[start:] - predicted) / weights)[: end - start]
        down = _largest_after((predicted - plan.low[start:]) / weights)[: end - start]
        mass = remaining_weight[start:end]
        surprise = (values[start:end] - predicted[: end - start]) / weights[: end - start]
        estimated[start:end] = rest + mass * surprise
        most[start:end], least[start:end] = rest + mass * up, rest - mass * down
        start = end
    return Steps(
        left=n - np.arange(asked, dtype=np.float64),
        before=summed - values,
        estimated=estimated,
        most=most,
        least=least,
        least_total=summed + _after(np.append(plan.low, 0))[1 : asked + 1],
        most_total=summed + _after(np.append(plan.high, 0))[1 : asked + 1],
    )


def wealth(found: Steps, n: int, mean: Floats, *, below: bool) -> Floats:
    """Return the logarithm of the wealth after each item, items x claimed means.

    It tests that the mean of all n values is at least the claimed one (`below`), or at most that.
    Wealth beyond 1 / error refutes it with that error.
    """
    left = found.left[:, None]
    claimed = n * mean[None, :] - found.before[:, None]
    gain, worst = found.estimated[:, None] - claimed, found.least[:, None] - claimed
    if below:
        gain, worst = -gain, claimed - found.most[:, None]
    risk = np.maximum(-worst, 1e-9 * n) / left
    # Under another mean the drift grows as items run out: by n / left.
    bets = [np.minimum(stake * n / left, MOST / risk) for stake in stakes(n)]
    games = np.array([np.cumsum(np.log1p(each * gain / left), axis=0) for each in bets])
    mixed = np.logaddexp.reduce(games, axis=0) - np.log(len(bets))
    # Where the rest cannot make up for it, whatever it is, there is nothing to bet on.
    total = n * mean[None, :]
    impossible = total - found.most_total[:, None] if below else found.least_total[:, None] - total
    return np.where(np.logical_or.accumulate(impossible > TIE, axis=0), np.inf, mixed)


def stakes(n: int) -> Floats:
    """Return the bets that are played side by side with equal money in a suite of n items.

    If a question is to be settled after t items, the root of 2 log(1 / error) / (variance t) is the bet for
    it (Waudby-Smith and Ramdas 2024, as above, on intervals for a fixed time). Each that is played
    beside it costs money, so there are few for a small suite.
    """
    least = math.sqrt(SQUARES / (LATEST * n))
    most = max(math.sqrt(SQUARES / SOONEST), least)
    return np.geomspace(least, most, 2 + int(math.log2(most / least)))


def _predicted(plan: Plan, values: Floats) -> Floats:
    """Return predictions for the items that are left, by ridge regression on those before."""
    seen, rest = plan.features[: len(values)], plan.features[len(values) :]
    prior = np.zeros(plan.features.shape[1])
    prior[1] = 1
    matrix = seen.T @ seen + RIDGE * np.eye(len(prior))
    fitted = np.linalg.solve(matrix, seen.T @ values + RIDGE * prior)
    return np.clip(rest @ fitted, plan.low[len(values) :], plan.high[len(values) :])


def _after(values: Floats) -> Floats:
    return np.cumsum(values[::-1])[::-1]


def _largest_after(values: Floats) -> Floats:
    return np.maximum.accumulate(values[::-1])[::-1]
