"""Paired differences, several languages at once, and the best of them, by hand and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from corridor.evaluation.rules.statistics.multiple import best, holm
from corridor.evaluation.rules.statistics.paired import (
    detectable,
    difference,
    equivalence,
    mcnemar,
    pairs_needed,
)

TIMES = 1000
Scores = NDArray[np.float64]


def pairs(
    random: np.random.Generator,
    shares: tuple[float, ...],
    clusters: int,
    size: int,
    hang: float = 0,
) -> Scores:
    """Right and wrong of the same items in several languages, items x languages.

    Items have a common difficulty, which items of a cluster share with the chance `hang`, and which
    decides in a language with the chance 0.6.
    """
    n = clusters * size
    shared = np.repeat(random.random(clusters), size)
    difficulty = np.where(random.random(n) < hang, shared, random.random(n))
    own = random.random((n, len(shares)))
    drawn = np.where(random.random((n, len(shares))) < 0.6, difficulty[:, None], own)
    return (drawn < np.array(shares)).astype(np.float64)


def groups_of(clusters: int, size: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(clusters), size)


class TestMcNemar:
    @pytest.mark.parametrize(
        ("better", "worse", "p"),
        [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (1, 9, 22 / 1024), (15, 5, 0.041389)],
    )
    def test_it_is_the_binomial_test_of_the_discordant_pairs(
        self, better: int, worse: int, p: float
    ) -> None:
        assert mcnemar(better, worse) == pytest.approx(p, abs=1e-6)
        assert mcnemar(worse, better) == mcnemar(better, worse)


class TestADifference:
    def test_its_interval_is_that_of_bonett_and_price(self) -> None:
        # 12, 4, 26 and 6 pairs: the example of R's statpsych::ci.prop.ps; its sign is the other way.
        first = np.repeat([1.0, 0.0, 1.0, 0.0], [6, 4, 26, 12])
        second = np.repeat([1.0, 1.0, 0.0, 0.0], [6, 4, 26, 12])

        found = difference(first, second, np.arange(48), seed=1)

        assert (found.centre, found.error) == pytest.approx((0.44, 0.09448809), abs=1e-8)
        assert found.interval.low == pytest.approx(0.2548067, abs=1e-6)
        assert found.interval.high == pytest.approx(0.6251933, abs=1e-6)

    def test_it_turns_its_sign_when_turned_round(self) -> None:
        scores = pairs(np.random.default_rng(1), (0.7, 0.5), 50, 4, 0.5)
        groups = groups_of(50, 4)
        one = difference(scores[:, 0], scores[:, 1], groups, seed=1)
        other = difference(scores[:, 1], scores[:, 0], groups, seed=1)

        assert one.value == -other.value
        assert one.interval.low == pytest.approx(-other.interval.high)
        assert one.p == other.p

    def test_no_discordant_pair_is_not_certainty(self) -> None:
        same = np.tile([1.0, 0.0], 100)

        for groups in (np.arange(200), groups_of(40, 5)):
            found = difference(same, same, groups, seed=1).interval
            assert found.low < -0.005
            assert found.high > 0.005

    def test_the_same_seed_says_the_same(self) -> None:
        scores = pairs(np.random.default_rng(1), (0.7, 0.6), 30, 4, 0.5)
        found = [difference(scores[:, 0], scores[:, 1], groups_of(30, 4), seed=5) for _ in range(2)]

        assert found[0] == found[1]

    @pytest.mark.parametrize(
        ("first", "second", "clusters", "size", "hang", "times"),
        [
            (0.8, 0.7, 150, 1, 0.0, 1000),
            (0.5, 0.45, 300, 1, 0.0, 1000),
            (0.8, 0.7, 60, 4, 0.6, 500),
            (0.6, 0.6, 80, 3, 0.8, 500),
        ],
    )
    def test_its_interval_covers_93_to_97_in_100(
        self, first: float, second: float, clusters: int, size: int, hang: float, times: int
    ) -> None:
        random, groups = np.random.default_rng(8), groups_of(clusters, size)
        held = 0
        for _ in range(times):
            scores = pairs(random, (first, second), clusters, size, hang)
            found = difference(scores[:, 0], scores[:, 1], groups, seed=1, times=499).interval
            held += found.low <= first - second <= found.high

        assert 0.93 <= held / times <= 0.97

    def test_graded_scores_are_covered_too(self) -> None:
        random, groups, held = np.random.default_rng(2), groups_of(40, 5), 0
        for _ in range(500):
            shared = np.repeat(random.normal(0, 0.1, 40), 5)
            first = 0.5 + shared + random.normal(0, 0.1, 200)
            second = 0.4 + random.normal(0, 0.1, 200)
            found = difference(first, second, groups, seed=1, times=499).interval
            held += found.low <= 0.1 <= found.high

        assert 0.93 <= held / 500 <= 0.97


class TestWhatCanBeDetected:
    def test_the_minimum_detectable_gap_is_found_in_80_of_100(self) -> None:
        random, groups = np.random.default_rng(4), np.arange(400)
        scores = pairs(random, (0.7, 0.7), 400, 1)
        gap = detectable(difference(scores[:, 0], scores[:, 1], groups, seed=1))
        found = 0
        for _ in range(TIMES):
            drawn = pairs(random, (0.7 + gap / 2, 0.7 - gap / 2), 400, 1)
            interval = difference(drawn[:, 0], drawn[:, 1], groups, seed=1).interval
            found += interval.low > 0

        assert 0.76 <= found / TIMES <= 0.84

    def test_as_many_pairs_as_are_said_to_be_needed_show_the_gap(self) -> None:
        random = np.random.default_rng(4)
        n, found = pairs_needed(0.1, 0.3), 0
        for _ in range(TIMES):
            kind = random.choice(3, n, p=(0.2, 0.1, 0.7))
            first, second = (kind == 0).astype(float), (kind == 1).astype(float)
            found += difference(first, second, np.arange(n), seed=1).interval.low > 0

        assert 0.77 <= found / TIMES <= 0.85


class TestEquivalence:
    def test_a_gap_of_the_margin_is_called_none_in_5_of_100_at_most(self) -> None:
        random, groups = np.random.default_rng(5), np.arange(500)
        false = 0
        for _ in range(TIMES):
            scores = pairs(random, (0.75, 0.70), 500, 1)
            found = difference(scores[:, 0], scores[:, 1], groups, seed=1)
            false += equivalence(found, 0.05) < 0.05

        assert 0.02 <= false / TIMES <= 0.065

    def test_no_gap_is_found_where_there_is_none_and_enough_items(self) -> None:
        random, groups = np.random.default_rng(5), np.arange(2000)
        scores = pairs(random, (0.7, 0.7), 2000, 1)
        found = difference(scores[:, 0], scores[:, 1], groups, seed=1)

        assert equivalence(found, 0.05) < 0.05
        assert found.p > 0.05


class TestHolm:
    def test_the_example_by_hand(self) -> None:
        adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})

        assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})

    @given(st.dictionaries(st.integers(), st.floats(0, 1), max_size=20))
    def test_it_keeps_the_order_and_lies_between_p_and_bonferroni(
        self, ps: dict[int, float]
    ) -> None:
        adjusted = holm(ps)

        assert list(adjusted) == list(ps)
        for key, p in ps.items():
            assert p <= adjusted[key] <= min(1, len(ps) * p)
            assert all(adjusted[key] <= adjusted[other] for other in ps if p < ps[other])

    def test_a_false_finding_among_20_languages_is_as_rare_as_it_says(self) -> None:
        random = np.random.default_rng(6)
        false, uncorrected = 0, 0
        for _ in range(TIMES):
            scores = pairs(random, (0.7,) * 21, 150, 1)
            change = scores[:, [0]] - scores[:, 1:]
            ups, downs = (change > 0).sum(axis=0), (change < 0).sum(axis=0)
            ps = {
                i: mcnemar(int(up), int(down))
                for i, (up, down) in enumerate(zip(ups, downs, strict=True))
            }
            false += min(holm(ps).values()) < 0.05
            uncorrected += min(ps.values()) < 0.05

        assert false / TIMES <= 0.065
        assert uncorrected / TIMES > 0.2


class TestTheBest:
    LANGUAGES = ("a", "b", "c", "d", "e")

    def held(self, shares: tuple[float, ...]) -> tuple[float, float]:
        """How often all intervals hold together, and how far the value is off for the last one."""
        random, groups, truth = np.random.default_rng(9), np.arange(150), max(shares)
        together, off = 0, 0.0
        for _ in range(200):
            found = best(
                pairs(random, shares, 150, 1), self.LANGUAGES, groups, seed=1, times=499
            ).behind
            gaps = [truth - each for each in shares]
            intervals = [found[each] for each in self.LANGUAGES]
            together += all(
                each.low <= gap <= each.high for each, gap in zip(intervals, gaps, strict=True)
            )
            off += (intervals[-1].value - gaps[-1]) / 200
        return together / 200, off

    def test_its_intervals_hold_together_though_the_best_was_chosen_by_looking(self) -> None:
        together, off = self.held((0.7,) * 5)

        assert together >= 0.93
        assert off > 0.01  # as the docstring says: the value favours the lucky one

    def test_they_hold_where_one_is_better(self) -> None:
        assert self.held((0.8, 0.7, 0.7, 0.6, 0.5))[0] >= 0.93
