"""Deciding with fewer calls: the error stays below what is stated though one looks after each item."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from corridor.core.errors import Invalid
from corridor.evaluation.rules.statistics.sequential import (
    Claim,
    Plan,
    Question,
    betting,
    bounds,
    decide,
    empirical_bernstein,
    plan,
    settled,
)
from corridor.evaluation.rules.statistics.sequential.games import stakes

Floats = NDArray[np.float64]
N = 200
ITEMS = [str(i) for i in range(N)]
scores = arrays(np.float64, st.integers(1, 40), elements=st.sampled_from([0.0, 0.25, 1.0]))


def in_order(drawn: Plan, values: Floats) -> Floats:
    return values[[int(item) for item in drawn.items]]


def two_languages(seed: int, gap: int, discordant: int = 60) -> tuple[Floats, Floats]:
    """Right and wrong of N items in two languages; the second has `gap` fewer right."""
    random = np.random.default_rng(seed)
    first = (random.permutation(N) < 140).astype(np.float64)
    second = first.copy()
    lost, won = (discordant + gap) // 2, (discordant - gap) // 2
    second[random.permutation(np.flatnonzero(first == 1))[:lost]] = 0
    second[random.permutation(np.flatnonzero(first == 0))[:won]] = 1
    return first, second


def guess_for(second: Floats, seed: int) -> Floats:
    """What models evaluated earlier score: related to the truth, and far from it."""
    random = np.random.default_rng(seed + 1000)
    others = np.where(random.random((N, 4)) < 0.5, second[:, None], random.random((N, 4)) < 0.6)
    return others.mean(axis=1)


def of_5_in_100(times: int) -> int:
    """Return how many of so many may be wrong where 5 in 100 are: with three standard errors of chance."""
    return int(0.05 * times + 3 * math.sqrt(times * 0.05 * 0.95))


def refused_by_wald(values: Floats, threshold: float) -> bool:
    """Whether the usual 95 % interval is below the threshold at any look from the tenth item on."""
    t = np.arange(1, len(values) + 1)
    means = np.cumsum(values) / t
    variances = np.maximum(np.cumsum(values**2) / t - means**2, 1e-9)
    return bool((means + 1.645 * np.sqrt(variances / t) < threshold)[9:].any())


class TestTheErrorUnderOptionalStopping:
    TIMES = 1000

    @pytest.mark.parametrize("way", ["both asked", "reference known", "guessed from other models"])
    def test_a_gap_of_5_points_is_called_less_in_5_of_100_at_most(self, way: str) -> None:
        first, second = two_languages(1, gap=10)
        wrong = 0
        for seed in range(self.TIMES):
            drawn = {
                "both asked": lambda at=seed: plan(ITEMS, at, paired=True),
                "reference known": lambda at=seed: plan(ITEMS, at, known=first),
                "guessed from other models": lambda at=seed: plan(
                    ITEMS, at, known=first, guess=guess_for(second, 1)
                ),
            }[way]()
            answer, _ = settled(drawn, in_order(drawn, first - second), Question("under", 0.05))
            wrong += answer == "yes"

        assert wrong <= of_5_in_100(self.TIMES)

    def test_the_usual_interval_looked_at_after_each_item_errs_far_more(self) -> None:
        first, second = two_languages(1, gap=10)
        wrong = 0
        for seed in range(self.TIMES):
            drawn = plan(ITEMS, seed, paired=True)
            wrong += refused_by_wald(in_order(drawn, first - second), 0.05)

        assert wrong / self.TIMES > 0.12

    @pytest.mark.parametrize("gap", [-10, 8, 12, 30])
    def test_any_wrong_answer_is_as_rare(self, gap: int) -> None:
        first, second = two_languages(2, gap=gap)
        truth = "yes" if gap < 10 else "no"
        wrong = 0
        for seed in range(400):
            drawn = plan(ITEMS, seed, known=first, guess=guess_for(second, 2))
            answer, _ = settled(drawn, in_order(drawn, first - second), Question("under", 0.05))
            wrong += answer != truth

        assert wrong <= of_5_in_100(400)

    def test_the_bounds_hold_at_any_time(self) -> None:
        first, second = two_languages(3, gap=20)
        outside = 0
        for seed in range(200):
            drawn = plan(ITEMS, seed, known=first, guess=guess_for(second, 3))
            values = in_order(drawn, first - second)
            # The bounds are of all looks so far, so the last look before the end has seen each.
            low, high = bounds(drawn, values[:-60], error=0.025)
            outside += not low <= 0.1 <= high

        assert outside <= of_5_in_100(200)

    def test_a_bad_guess_costs_calls_and_not_the_error(self) -> None:
        first, second = two_languages(4, gap=10)
        wrong = 0
        for seed in range(400):
            drawn = plan(ITEMS, seed, known=first, guess=1 - second)
            answer, _ = settled(drawn, in_order(drawn, first - second), Question("under", 0.05))
            wrong += answer == "yes"

        assert wrong <= of_5_in_100(400)


class TestADecision:
    def asked(self, way: dict[str, Floats], gap: int) -> float:
        first, second = two_languages(5, gap=gap)
        found: list[int] = []
        for seed in range(60):
            drawn = plan(ITEMS, seed, paired=not way, **way)
            values = in_order(drawn, first - second)
            found.append(settled(drawn, values, Question("under", 0.05))[1])
        return float(np.median(found))

    def test_a_large_gap_is_settled_with_a_fraction_of_the_calls(self) -> None:
        assert self.asked({}, gap=60) < N / 3

    def test_what_is_known_before_saves_calls(self) -> None:
        first, second = two_languages(5, gap=36)
        known = {"known": first}
        guessed = {"known": first, "guess": guess_for(second, 5)}

        assert self.asked(guessed, 36) < self.asked(known, 36) < self.asked({}, 36)

    def test_each_claim_has_its_answer(self) -> None:
        drawn = plan(ITEMS, 1)
        right = in_order(drawn, (np.arange(N) < 160).astype(np.float64))

        assert settled(drawn, right, Question("at least", 0.6))[0] == "yes"
        assert settled(drawn, right, Question("at least", 0.9))[0] == "no"
        assert settled(drawn, right, Question("over", 0.6))[0] == "yes"
        assert settled(drawn, right, Question("under", 0.6))[0] == "no"

    def test_after_too_few_items_it_is_open_and_bounds_say_how_far(self) -> None:
        first, second = two_languages(6, gap=10)
        drawn = plan(ITEMS, 1, known=first)
        found = decide(drawn, in_order(drawn, first - second)[:20], Question("under", 0.05))

        assert (found.answer, found.asked, found.of) == ("open", 20, N)
        assert found.at_least < 0.05 < found.at_most

    def test_before_the_first_item_nothing_is_known(self) -> None:
        found = decide(plan(ITEMS, 1), np.zeros(0), Question("at least", 0.5))

        assert found.answer == "open"
        assert (found.at_least, found.estimate, found.at_most) == (0, None, 1)

    @given(
        scores, st.floats(0, 1), st.sampled_from(["under", "over", "at least"]), st.integers(0, 9)
    )
    def test_after_all_items_it_is_settled(
        self, values: Floats, threshold: float, claim: Claim, seed: int
    ) -> None:
        drawn = plan([str(i) for i in range(len(values))], seed)
        question = Question(claim, threshold)

        assert settled(drawn, in_order(drawn, values), question)[0] != "open"

    @pytest.mark.parametrize(
        ("claim", "answer"), [("under", "no"), ("over", "no"), ("at least", "yes")]
    )
    def test_a_mean_that_is_the_threshold_is_not_under_or_over_it(
        self, claim: Claim, answer: str
    ) -> None:
        drawn = plan([str(i) for i in range(10)], 3)
        values = in_order(drawn, np.array([1.0, 1, 1, 0, 0, 0, 0, 0, 0, 0]))
        question = Question(claim, 0.3, error=1e-9)

        assert settled(drawn, values, question) == (answer, 10)

    @given(scores, st.floats(0.01, 0.99), st.integers(0, 9))
    def test_it_does_not_change_once_settled(
        self, values: Floats, threshold: float, seed: int
    ) -> None:
        drawn = plan([str(i) for i in range(len(values))], seed)
        ordered, question = in_order(drawn, values), Question("at least", threshold)
        at_the_end = settled(drawn, ordered, question)

        looks = [settled(drawn, ordered[:t], question) for t in range(len(values) + 1)]
        first = next(look for look in looks if look[0] != "open")
        assert first == at_the_end
        assert all(look[0] == "open" for look in looks[: first[1]])

    def test_what_a_value_cannot_be_is_refused(self) -> None:
        drawn = plan(["a", "b"], 1)

        for values in (np.array([1.2]), np.array([np.nan]), np.zeros(3)):
            with pytest.raises(Invalid):
                settled(drawn, values, Question("under", 0.5))


class TestStakes:
    @pytest.mark.parametrize(("n", "count"), [(1, 2), (60, 2), (250, 2), (900, 3), (11_829, 5)])
    def test_a_larger_suite_has_more_bets_and_smaller_ones(self, n: int, count: int) -> None:
        found = stakes(n)

        assert len(found) == count
        assert (np.diff(found) >= 0).all()
        assert found[0] == pytest.approx(np.sqrt(48 / n))


class TestAPlan:
    def test_the_same_seed_draws_the_same_order(self) -> None:
        assert plan(ITEMS, 4).items == plan(ITEMS, 4).items != plan(ITEMS, 5).items
        assert sorted(plan(ITEMS, 4).items) == sorted(ITEMS)

    def test_items_of_which_less_is_certain_tend_to_come_earlier(self) -> None:
        guess = np.where(np.arange(N) < 100, 0.5, 1.0)
        earlier = [
            np.mean([int(item) < 100 for item in plan(ITEMS, seed, guess=guess).items[:50]])
            for seed in range(50)
        ]

        assert np.mean(earlier) > 0.55

    def test_a_figure_must_be_there_for_each_item(self) -> None:
        with pytest.raises(Invalid, match="each of 200 items"):
            plan(ITEMS, 1, known=np.zeros(3))
        with pytest.raises(Invalid):
            plan([], 1)


class TestConfidenceSequences:
    @pytest.mark.parametrize("sequence", [betting, empirical_bernstein])
    @pytest.mark.parametrize("share", [0.5, 0.9])
    def test_they_hold_at_all_times_together_in_95_of_100(
        self, sequence: Callable[[Floats], Floats], share: float
    ) -> None:
        random = np.random.default_rng(1)
        outside = 0
        for _ in range(100):
            low, high = sequence((random.random(150) < share).astype(float))
            outside += bool(((low > share) | (high < share)).any())

        assert outside <= 5

    def test_betting_is_narrower_than_empirical_bernstein(self) -> None:
        values = (np.random.default_rng(2).random(400) < 0.9).astype(float)
        bets, bernstein = betting(values), empirical_bernstein(values)

        assert bets[1, -1] - bets[0, -1] < bernstein[1, -1] - bernstein[0, -1]

    @given(arrays(np.float64, st.integers(1, 50), elements=st.floats(-1, 1)))
    def test_they_stay_within_what_values_can_be_and_only_narrow(self, values: Floats) -> None:
        for found in (betting(values, low=-1, high=1), empirical_bernstein(values, low=-1, high=1)):
            assert (found >= -1).all()
            assert (found <= 1).all()
            assert (np.diff(found[0]) >= 0).all()
            assert (np.diff(found[1]) <= 0).all()
