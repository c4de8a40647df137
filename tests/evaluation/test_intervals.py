"""Intervals of one score; that they cover is shown by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support.sampled import clustered

from corridor.evaluation.rules.statistics.chance import corrected
from corridor.evaluation.rules.statistics.intervals import (
    Interval,
    mean,
    normal_quantile,
    share,
    standard_error,
    student_quantile,
)

TIMES = 2000


def covered(p: float, clusters: int, size: int, hang: float) -> float:
    random = np.random.default_rng(7)
    groups = np.repeat(np.arange(clusters), size)
    found = [share(x, groups) for x in clustered(random, p, clusters, size, hang, TIMES)]
    return float(np.mean([each.low <= p <= each.high for each in found]))


class TestCoverage:
    @pytest.mark.parametrize(
        ("p", "n"), [(0.5, 100), (0.8, 250), (0.93, 200), (0.3, 40), (0.6, 900)]
    )
    def test_wilson_covers_93_to_97_in_100_where_items_are_independent(
        self, p: float, n: int
    ) -> None:
        assert 0.93 <= covered(p, n, 1, 0) <= 0.97

    @pytest.mark.parametrize(
        ("p", "clusters", "size", "hang"),
        [
            (0.5, 60, 5, 0.5),
            (0.8, 60, 5, 0.7),
            (0.8, 30, 5, 0.7),
            (0.9, 200, 4, 0.7),
            (0.3, 120, 2, 0.9),
            (0.7, 45, 20, 0.6),
        ],
    )
    def test_it_covers_93_to_97_in_100_where_items_of_a_passage_hang_together(
        self, p: float, clusters: int, size: int, hang: float
    ) -> None:
        assert 0.93 <= covered(p, clusters, size, hang) <= 0.97

    def test_to_take_such_items_for_independent_covers_far_less(self) -> None:
        random = np.random.default_rng(7)
        alone = np.arange(300)
        found = [share(x, alone) for x in clustered(random, 0.8, 60, 5, 0.7, TIMES)]

        assert np.mean([each.low <= 0.8 <= each.high for each in found]) < 0.85

    def test_a_mean_of_any_values_covers_93_to_97_in_100(self) -> None:
        random = np.random.default_rng(3)
        groups = np.repeat(np.arange(40), 5)
        shared = random.normal(0, 1, (TIMES, 40, 1))
        values = (shared + random.normal(2, 1, (TIMES, 40, 5))).reshape(TIMES, -1)
        found = [mean(row, groups) for row in values]

        assert 0.93 <= np.mean([each.low <= 2 <= each.high for each in found]) <= 0.97


class TestShare:
    @given(arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1)), st.data())
    def test_it_holds_the_mean_and_stays_within_0_and_1(
        self, scores: np.ndarray[tuple[int], np.dtype[np.float64]], data: st.DataObject
    ) -> None:
        groups = data.draw(arrays(np.int64, len(scores), elements=st.integers(0, 20)))

        found = share(scores, groups)

        assert 0 <= found.low <= found.value <= found.high <= 1

    def test_all_right_is_not_certainty_and_each_cluster_counts_once(self) -> None:
        groups = np.repeat(np.arange(20), 50)
        found = share(np.ones(1000), groups)

        assert found.low == pytest.approx(share(np.ones(20), np.arange(20)).low, abs=0.02)
        assert found.high == 1

    def test_one_cluster_says_nothing(self) -> None:
        found = share(np.array([1.0, 0.0]), np.zeros(2, dtype=np.int64))

        assert (found.low, found.high) == (0, 1)

    def test_the_error_of_clusters_of_one_is_that_of_the_textbook(self) -> None:
        values = np.random.default_rng(1).normal(size=50)

        expected = float(values.std(ddof=1)) / math.sqrt(50)
        assert standard_error(values, np.arange(50)) == pytest.approx(expected)

    def test_an_item_that_is_repeated_in_its_cluster_adds_nothing(self) -> None:
        values = np.random.default_rng(1).normal(size=50)
        thrice, groups = np.repeat(values, 3), np.repeat(np.arange(50), 3)

        expected = standard_error(values, np.arange(50))
        assert standard_error(thrice, groups) == pytest.approx(expected)


class TestQuantiles:
    def test_they_are_those_of_the_tables(self) -> None:
        assert normal_quantile(0.975) == pytest.approx(1.959964, abs=1e-6)
        assert student_quantile(0.975, 9) == pytest.approx(2.262157, abs=1e-6)


class TestAboveChance:
    def test_guessing_is_0_all_right_is_1_and_worse_than_guessing_is_below_0(self) -> None:
        found = corrected(Interval(0.25, 0.1, 1.0), 0.25)

        assert (found.value, found.high) == (0, 1)
        assert found.low == pytest.approx(-0.2)
