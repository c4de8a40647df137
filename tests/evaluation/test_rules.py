"""Proportions and the figures of evidence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.quiz import an_evaluation

from corridor.evaluation import Z_95, Evaluation, wilson


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 5000))
    return draw(st.integers(0, n)), n


def limits_by_the_quadratic(correct: int, n: int) -> tuple[float, float]:
    """Solve (p - x)^2 = z^2 x (1 - x) / n for x: how Wilson's limits are defined."""
    p, z2 = correct / n, Z_95**2
    a, b, c = 1 + z2 / n, -(2 * p + z2 / n), p * p
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


class TestWilson:
    @pytest.mark.parametrize(
        ("correct", "n", "low", "high"),
        [
            (24, 48, 0.3639, 0.6361),
            (5, 48, 0.0453, 0.2217),
            (0, 10, 0.0, 0.2775),
            (10, 10, 0.7225, 1.0),
            (1, 1, 0.2065, 1.0),
        ],
    )
    def test_the_limits_are_those_of_the_tables(
        self, correct: int, n: int, low: float, high: float
    ) -> None:
        found = wilson(correct, n)

        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)

    @given(counts())
    def test_the_limits_solve_the_equation_that_defines_them(self, drawn: tuple[int, int]) -> None:
        found = wilson(*drawn)

        assert (found.low, found.high) == pytest.approx(limits_by_the_quadratic(*drawn), abs=1e-9)

    @given(counts())
    def test_the_interval_holds_the_proportion_and_stays_within_0_and_1(
        self, drawn: tuple[int, int]
    ) -> None:
        found = wilson(*drawn)

        assert found.value == drawn[0] / drawn[1]
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high

    @given(counts(), st.integers(2, 10))
    def test_more_items_of_the_same_proportion_make_it_narrower(
        self, drawn: tuple[int, int], times: int
    ) -> None:
        few, many = wilson(*drawn), wilson(drawn[0] * times, drawn[1] * times)

        assert many.high - many.low < few.high - few.low

    @given(counts())
    def test_right_and_wrong_are_treated_alike(self, drawn: tuple[int, int]) -> None:
        correct, n = drawn
        right, wrong = wilson(correct, n), wilson(n - correct, n)

        assert (right.low, right.high) == pytest.approx((1 - wrong.high, 1 - wrong.low), abs=1e-9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 47},
        {"correct": 25},
        {"outcomes": "0" * 48},
        {"score": wilson(25, 48)},
        {"score": {"value": 0.5, "low": 0.6, "high": 0.7}},
        {"outcomes": "2" * 48},
        {"verdicts": {"right": 24, "wrong": 23}},
        {"verdicts": {"right": 23, "wrong": 25}},
    ],
)
def test_evidence_whose_figures_contradict_each_other_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Evaluation.model_validate({**an_evaluation(24, 48).model_dump(), **wrong})
