"""Krippendorff's alpha for categories: how far those who label agree, beyond what chance gives.

Krippendorff, Content Analysis (4th ed., 2018), chapter 12, nominal data: alpha = 1 - D_o / D_e, from the
coincidences of labels within an answer. Labels may be missing; an answer with fewer than two says nothing
and is left out. Takes in NumPy.
"""

from collections.abc import Hashable, Sequence

import numpy as np

from corridor.evaluation.rules.statistics.intervals import LEVEL, Interval
from corridor.evaluation.rules.statistics.outcomes import Floats

TIMES = 2_000
SEED = 20260702
Labels = Sequence[Hashable | None]
"""Of one answer, from each who labels in the same order; None where it is missing."""


def alpha(units: Sequence[Labels], seed: int = SEED, times: int = TIMES) -> Interval | None:
    """Return alpha with its 95 % interval, answers drawn anew (percentile bootstrap).

    None where nothing can be said: no answer has two labels, or all labels are the same, so that there is
    nothing to tell apart. The interval says nothing of other people who might have labelled.
    """
    counts = _counts(units)
    if counts is None:
        return None
    value = _alphas(counts, np.ones((1, len(counts))))[0]
    if np.isnan(value):
        return None
    weights = np.random.default_rng(seed).multinomial(
        len(counts), np.full(len(counts), 1 / len(counts)), size=times
    )
    drawn = _alphas(counts, weights.astype(np.float64))
    # A draw in which all labels are the same shows no disagreement.
    drawn = np.where(np.isnan(drawn), 1.0, drawn)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(value), min(float(low), float(value)), max(float(high), float(value)))


def _counts(units: Sequence[Labels]) -> Floats | None:
    """Return answers x labels: how often each label was given; without answers that have fewer than two."""
    there = [[label for label in unit if label is not None] for unit in units]
    there = [labels for labels in there if len(labels) > 1]
    if not there:
        return None
    names = {label: n for n, label in enumerate(dict.fromkeys(x for unit in there for x in unit))}
    counts = np.zeros((len(there), len(names)))
    for row, labels in enumerate(there):
        for label in labels:
            counts[row, names[label]] += 1
    return counts


def _alphas(counts: Floats, weights: Floats) -> Floats:
    """Return alpha for each row of weights of the answers; not a number where all labels are the same."""
    sizes = counts.sum(axis=1)
    # Pairs of unlike labels within an answer, each counted 1 / (labels - 1) as coincidences are.
    unlike = (sizes**2 - (counts**2).sum(axis=1)) / (sizes - 1)
    totals = weights @ counts
    n = totals.sum(axis=1)
    observed = weights @ unlike / n
    expected = (n**2 - (totals**2).sum(axis=1)) / (n * (n - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)
