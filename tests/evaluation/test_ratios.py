"""The interval of a ratio of sums holds the truth as often as it says."""

import numpy as np
import pytest

from corridor.evaluation.rules.statistics.ratios import numbered, ratio


@pytest.mark.parametrize(("n", "size"), [(60, 1), (120, 4)])
def test_the_interval_of_a_ratio_holds_the_truth_in_95_of_100(n: int, size: int) -> None:
    chance = np.random.default_rng(20261130)
    clusters = np.repeat(np.arange(n // size), size)
    held = 0
    for _ in range(2_000):
        common = chance.gamma(8.0, 1.0, n // size)[clusters]
        below = common * chance.gamma(20.0, 1 / 20, n)
        above = 0.6 * common * chance.gamma(20.0, 1 / 20, n)
        found = ratio(above, below, clusters)
        held += found.low <= 0.6 <= found.high
    assert 0.93 <= held / 2_000 <= 0.97


def test_a_ratio_is_sum_over_sum_and_one_cluster_bounds_nothing() -> None:
    above, below = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 2.0])

    assert ratio(above, below, np.array([0, 1, 2])).value == 6 / 8
    assert ratio(above, below, np.zeros(3, dtype=np.int64)).high == np.inf


def test_the_same_name_has_the_same_number() -> None:
    numbers = numbered(["b", "a", "b"])

    assert numbers[0] == numbers[2] != numbers[1]
