"""How far two runs of the same model on the same items agree. Takes in NumPy."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.records import Evaluation, Figures, Measure, Sample
from corridor.evaluation.rules.proportions import Z_95
from corridor.evaluation.rules.statistics.paired import Difference, difference

ERROR = 0.05
"""How often runs that differ by chance alone are called different."""
ROUNDING = 0.01
"""Of a figure that is no share: a difference that is certainly smaller is none. Other machines, and texts
read together with others, round otherwise."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two runs have in common."""

    items: int
    same: int | None
    """Items whose answers were judged alike, every repeat of them; None where that is not known."""
    difference: Difference
    """Score of the second run less that of the first, item by item."""
    identical: int | None = None
    """Items whose answers were the same to the letter, every repeat; None where a full log is not here."""
    rounding: float = 0.0
    """A difference that is certainly smaller counts as none."""

    @property
    def agrees(self) -> bool:
        """Whether the runs differ by no more than chance or rounding explains."""
        between = self.difference.interval
        certain = max(abs(between.low), abs(between.high)) <= self.rounding
        return self.difference.p >= ERROR or certain

    @property
    def finding(self) -> str:
        """What was found, in a sentence."""
        between = self.difference.interval
        alike = "" if self.same is None else f"{self.same} of {self.items} items judged alike; "
        size = (
            f"{alike}the score differs by "
            f"{between.value:+.3f} (95 % interval {between.low:+.3f} to {between.high:+.3f}, "
            f"p = {self.difference.p:.2g}, {self.difference.method})"
        )
        return f"It agrees: {size}." if self.agrees else f"It does not agree: {size}."


def agreement(first: Evaluation, second: Evaluation, clusters: Mapping[str, str]) -> Agreement:
    """Compare two runs on the items that both have answers to.

    `clusters` has every item of the data, in order, with its cluster.

    Raises:
        Invalid: if they have no item in common, or other items than the data.
    """
    one, two = (_by_item(each, list(clusters)) for each in (first, second))
    items = [item for item in one if item in two]
    if not items:
        raise Invalid("The two runs have no item in common.")
    names = {name: number for number, name in enumerate(dict.fromkeys(clusters.values()))}
    groups = np.array([names[clusters[item]] for item in items], dtype=np.int64)
    before, after = (
        np.array([sum(each[item]) / len(each[item]) for item in items]) for each in (one, two)
    )
    found = difference(after, before, groups, first.seed)
    same = sum(sorted(one[item]) == sorted(two[item]) for item in items)
    return Agreement(len(items), same, found)


def agreement_of_samples(
    first: Sequence[Sample], second: Sequence[Sample], seed: int, figure: float
) -> Agreement:
    """Compare two runs whose answers have a score each, by both full logs.

    Raises:
        Invalid: if they have no item in common.
    """
    one, two = (_scores(each) for each in (first, second))
    items = [item for item in one if item in two]
    if not items:
        raise Invalid("The two runs have no item in common.")
    clusters = {each.item: each.cluster for each in first}
    names = [f"cluster {clusters[item]}" if clusters[item] else f"item {item}" for item in items]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    groups = np.array([numbers[name] for name in names], dtype=np.int64)
    before, after = (
        np.array([sum(each[item]) / len(each[item]) for item in items]) for each in (one, two)
    )
    same = sum(sorted(one[item]) == sorted(two[item]) for item in items)
    found = difference(after, before, groups, seed)
    return Agreement(len(items), same, found, rounding=ROUNDING * abs(figure))


def agreement_of_figures(first: Measure, second: Measure) -> Agreement:
    """Compare two runs by their figures alone, as if they had asked different items: a wide interval.

    Raises:
        Invalid: if one of them has no interval.
    """
    value = second.figure.value - first.figure.value
    error = math.hypot(_error(first.figure), _error(second.figure))
    n = min(first.n, second.n)
    p = math.erfc(abs(value) / error / math.sqrt(2)) if error else float(value == 0)
    method = "unpaired, from the two intervals"
    found = Difference(n, n, value, value, error, Z_95, p, method)
    return Agreement(n, None, found, rounding=ROUNDING * abs(first.figure.value))


def _error(figure: Figures) -> float:
    if figure.low is None or figure.high is None:
        raise Invalid("One of the two has no interval, so they cannot be compared.")
    return (figure.high - figure.low) / 2 / Z_95


def _scores(samples: Sequence[Sample]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for each in samples:
        if each.verdict != "failed":
            found.setdefault(each.item, []).append(each.score)
    return found


def _by_item(record: Evaluation, items: Sequence[str]) -> dict[str, list[int]]:
    """Return the outcomes of each item that was answered, 1 where right."""
    left_out = set(record.unanswered)
    there = [item for item in items if item not in left_out]
    digits = [int(digit) for digit in record.outcomes]
    if not there or len(digits) % len(there):
        raise Invalid(f"Record {record.id} does not have the items of these data.")
    repeats = len(digits) // len(there)
    return {item: digits[n * repeats : (n + 1) * repeats] for n, item in enumerate(there)}
