"""When a question about a whole suite is settled, though it was asked in part only.

The error is at most the stated one however often one looks and whenever one stops: a wrong answer is one
refuted claim that was true. It is of what the full run of this suite would have said, not of other items
like these; that is why passages and documents need no care here: chance is in the order alone.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.rules.statistics.outcomes import Floats
from corridor.evaluation.rules.statistics.sequential.games import steps, wealth
from corridor.evaluation.rules.statistics.sequential.plans import Plan

GRID = 401
"""Means that are tried for the bounds."""
AT_ONCE = 50
"""How many of them at once, for memory."""
Claim = Literal["under", "over", "at least"]
Answer = Literal["yes", "no", "open"]


@dataclass(frozen=True, slots=True)
class Question:
    """Is the mean of a suite's values under, over, or at least a threshold?

    "Is the gap under 5 points?" is under 0.05 of a paired plan; "is A better than B?" over 0 of one;
    "is the lower bound at least 0.6?" at least 0.6.
    """

    claim: Claim
    threshold: float
    error: float = 0.05
    """For m languages together: this divided by m (Bonferroni)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is known after so many items."""

    answer: Answer
    asked: int
    """Items after which it was settled, or that were asked so far."""
    of: int
    """Items of the suite."""
    estimate: float | None
    """The mean of the suite as it looks then; None before the first item. Stopping early favours
    extremes, so the bounds are what holds."""
    at_least: float
    """A lower bound of the suite's mean that holds at any time, with the question's error."""
    at_most: float
    """An upper bound, likewise."""


def settled(plan: Plan, values: Floats, question: Question) -> tuple[Answer, int]:
    """Return the answer after the first values of a plan, and after how many it was settled.

    Once settled it stays so: what comes later is not looked at.

    Raises:
        Invalid: if a value is not between its bounds, or there are more than items.
    """
    _check(plan, values)
    n, found = len(plan.items), steps(plan, values)
    threshold, limit = np.array([question.threshold]), -np.log(question.error)
    below = wealth(found, n, threshold, below=True)[:, 0] >= limit
    above = wealth(found, n, threshold, below=False)[:, 0] >= limit
    first = np.flatnonzero(below | above)
    if len(first):
        at = int(first[0])
        lower = bool(below[at])
        return ("yes" if lower == (question.claim == "under") else "no"), at + 1
    if len(values) == n:  # all were asked, and the mean is the threshold
        return ("yes" if question.claim == "at least" else "no"), n
    return "open", len(values)


def decide(plan: Plan, values: Floats, question: Question) -> Decision:
    """Return the answer after the first values of a plan, with bounds; or that the question is open.

    Raises:
        Invalid: if a value is not between its bounds, or there are more than items.
    """
    answer, asked = settled(plan, values, question)
    n, found = len(plan.items), steps(plan, values[:asked])
    at_least, at_most = bounds(plan, values[:asked], question.error)
    # Each item gives an unbiased estimate of the whole, whose error is as large as what is left.
    trust = found.left**-2.0
    estimate = float(trust @ (found.before + found.estimated) / trust.sum() / n) if asked else None
    return Decision(answer, asked, n, estimate, at_least, at_most)


def bounds(plan: Plan, values: Floats, error: float) -> tuple[float, float]:
    """Return a lower and an upper bound of the suite's mean; each may be wrong with the error.

    Both hold at all times together with each other's error added.
    """
    n, found, limit = len(plan.items), steps(plan, values), -np.log(error)
    lowest, highest = float(plan.low.mean()), float(plan.high.mean())
    if not len(values):
        return lowest, highest
    grid = np.linspace(lowest, highest, GRID)
    below, above = np.empty(GRID, dtype=np.bool_), np.empty(GRID, dtype=np.bool_)
    for start in range(0, GRID, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        below[part] = (wealth(found, n, grid[part], below=True) >= limit).any(axis=0)
        above[part] = (wealth(found, n, grid[part], below=False) >= limit).any(axis=0)
    # A bound is the last mean that was refuted, with all that lie further out.
    refuted_low, refuted_high = int(np.argmin(above)), int(np.argmin(below[::-1]))
    at_least = lowest if above.all() or not refuted_low else float(grid[refuted_low - 1])
    at_most = highest if below.all() or not refuted_high else float(grid[GRID - refuted_high])
    return at_least, at_most


def _check(plan: Plan, values: Floats) -> None:
    asked = len(values)
    if asked > len(plan.items):
        raise Invalid(f"there are {asked} values of {len(plan.items)} items")
    wrong = ~((values >= plan.low[:asked]) & (values <= plan.high[:asked]))
    if wrong.any():
        item = plan.items[int(np.argmax(wrong))]
        raise Invalid(
            f"the value of item {item} is missing, or not one that it can have",
            hint="give the values in the order of the plan, up to the first that is missing",
        )
