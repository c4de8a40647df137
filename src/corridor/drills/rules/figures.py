"""Figures of a drill: a quality of the evidence, one over another, and the worst of them. Pure functions."""

import math
from collections.abc import Iterable

from corridor.drills.records import Figure, Line, Worst
from corridor.evaluation import Estimate

UNKNOWN = Figure(value=None, low=None, high=None)
NOTHING = Figure(value=0.0, low=0.0, high=0.0)


def ratio(after: Figure, before: Figure) -> Figure:
    """Return after / before with a 95 % interval, from the two proportions' own intervals.

    MOVER-R: Donner and Zou, Stat. Methods Med. Res. 21 (2012) 347, equation for a ratio of two
    independent estimates, here with Wilson limits, which allow zero. Both models answer the same
    items, so their scores are positively correlated and the interval is wider than it need be.
    The upper limit is None where it has no bound: where `before` cannot be told from zero.
    """
    a, b = after, before
    if a.value is None or a.low is None or a.high is None:
        return UNKNOWN
    if b.value is None or b.low is None or b.high is None or b.value == 0:
        return UNKNOWN
    if a == NOTHING:
        return NOTHING
    product = a.value * b.value
    below, above = b.high * (2 * b.value - b.high), b.low * (2 * b.value - b.low)
    under_low = product**2 - a.low * (2 * a.value - a.low) * below
    under_high = product**2 - a.high * (2 * a.value - a.high) * above
    # (product - root) / below, written so that it holds where `below` is zero too.
    root = math.sqrt(max(0.0, under_low))
    low = a.low * (2 * a.value - a.low) / (product + root) if product else 0.0
    high = (product + math.sqrt(max(0.0, under_high))) / above if above > 0 else None
    return Figure(value=a.value / b.value, low=low, high=high)


def figure_of(estimate: Estimate) -> Figure:
    """Return a score of the evidence as a figure."""
    return Figure(value=estimate.value, low=estimate.low, high=estimate.high)


def worst_of(lines: Iterable[Line]) -> Worst | None:
    """Return the line with the least continuity; of equals, the first."""
    known = [line for line in lines if line.continuity.value is not None]
    worst = min(known, key=lambda line: line.continuity.value or 0.0, default=None)
    if worst is None:
        return None
    return Worst(service=worst.service, language=worst.language, continuity=worst.continuity)
