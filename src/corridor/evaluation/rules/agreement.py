"""How far two runs of the same model on the same items agree. Takes in NumPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.records import Evaluation
from corridor.evaluation.rules.statistics.paired import Difference, difference

ERROR = 0.05
"""How often runs that differ by chance alone are called different."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two runs have in common."""

    items: int
    same: int
    """Items whose answers were judged alike, every repeat of them."""
    difference: Difference
    """Score of the second run less that of the first, item by item."""
    identical: int | None = None
    """Items whose answers were the same to the letter, every repeat; None where a full log is not here."""

    @property
    def agrees(self) -> bool:
        """Whether the runs differ by no more than chance explains."""
        return self.difference.p >= ERROR

    @property
    def finding(self) -> str:
        """What was found, in a sentence."""
        between = self.difference.interval
        size = (
            f"{self.same} of {self.items} items judged alike; the score differs by "
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


def _by_item(record: Evaluation, items: Sequence[str]) -> dict[str, list[int]]:
    """Return the outcomes of each item that was answered, 1 where right."""
    left_out = set(record.unanswered)
    there = [item for item in items if item not in left_out]
    digits = [int(digit) for digit in record.outcomes]
    if not there or len(digits) % len(there):
        raise Invalid(f"Record {record.id} does not have the items of these data.")
    repeats = len(digits) // len(there)
    return {item: digits[n * repeats : (n + 1) * repeats] for n, item in enumerate(there)}
