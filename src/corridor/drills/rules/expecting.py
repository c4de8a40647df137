"""Where a measurement by a few items should fall, if what was foretold is right.

What is foretold has an interval for what is true of all questions that people ask. A measurement by
sixteen of them misses even the truth by some way, so it belongs in a wider interval: that of the
posterior predictive distribution (Rubin, Ann. Stat. 12 (1984) 1151). The models are drawn from the
evidence as a prediction draws them, and then as many items are drawn from what they can do as were
asked. Items that were asked are taken for new ones. They are the evidence's own, so that
this leaves more room than there need be, and never less.

Takes in NumPy.
"""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from corridor.drills.records import Check, Figure, Foreseen, Measured
from corridor.drills.rules.continuity import HIGH, LOW, Change, is_paired
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.rules.resampling import ADDED, DRAWS, Floats, Score

MOST = 8
"""Of so many models that answer one line at most a measurement is expected: they have 2^8 patterns of outcomes."""
LEAST_KNOWN = 0.5


def checked(
    foreseen: Foreseen, measured: Measured, scores: Mapping[str, Score], seed: int = 0
) -> Check:
    """Hold one line of a prediction against what probes measured; `scores` are by provider."""
    shares = [
        {each.provider: each.share for each in side} for side in (foreseen.before, foreseen.after)
    ]
    items, value = measured.before_asked, measured.continuity.value
    found = expected(Change(shares[0], shares[1]), scores, items, seed)
    agrees = None
    if value is not None and found.low is not None and found.high is not None:
        agrees = found.low <= value <= found.high
    return Check(
        service=foreseen.service,
        language=foreseen.language,
        foretold=foreseen.continuity,
        measured=measured.continuity,
        items=items,
        expected=found,
        agrees=agrees,
    )


def expected(
    change: Change, scores: Mapping[str, Score], items: int, seed: int = 0, draws: int = DRAWS
) -> Figure:
    """Return where the continuity that so many items measure falls in 95 of 100 drills.

    Its value is the median. It is of drills in which an item is answered rightly before: without one
    nothing is measured. Unknown where a score is, where the models did not answer the same items,
    or where most drills would measure nothing.
    """
    names = sorted(set(change.names))
    if not change.before or any(name not in scores for name in names) or len(names) > MOST:
        return UNKNOWN
    if not is_paired(change, scores):
        return UNKNOWN
    chance = np.random.default_rng(seed)
    patterns = np.array(list(product((0.0, 1.0), repeat=len(names))))
    table = np.array([scores[name].outcomes for name in names]).T
    asked = chance.multinomial(items, _weights(patterns, table, chance, draws))
    before, after = (
        _right(asked, patterns, [side.get(name, 0.0) for name in names], chance)
        for side in (change.before, change.after)
    )
    known = before > 0
    if known.mean() < LEAST_KNOWN:
        return UNKNOWN
    ratios = after[known] / before[known]
    low, value, high = (float(each) for each in np.quantile(ratios, (LOW, 0.5, HIGH)))
    return Figure(value=value, low=low, high=high)


def _weights(patterns: Floats, table: Floats, chance: np.random.Generator, draws: int) -> Floats:
    """Return by draw how common each pattern of outcomes is: a Dirichlet posterior.

    The items that a prediction adds are spread over all patterns alike, as tosses of a coin are. An
    item that was asked several times counts in part for each pattern.
    """
    fits = np.where(patterns == 1.0, table[:, None, :], 1.0 - table[:, None, :])
    counts: Floats = fits.prod(axis=2).sum(axis=0)
    return chance.dirichlet(counts + ADDED / len(patterns), size=draws)


def _right(
    asked: NDArray[np.int64],
    patterns: Floats,
    shares: Sequence[float],
    chance: np.random.Generator,
) -> NDArray[np.int64]:
    """Return by draw how many items are answered rightly, each by one provider drawn by its share."""
    likely = np.minimum(1.0, patterns @ np.array(shares))
    right: NDArray[np.int64] = chance.binomial(asked, likely).sum(axis=1)
    return right
