"""How continuity is computed."""

import math
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.drilled import NOON_SECONDS, a_figure, a_line, a_probed, a_request

from corridor.drills import Figure
from corridor.drills.errors import NoDuration
from corridor.drills.rules.figures import NOTHING, UNKNOWN, ratio, worst_of
from corridor.drills.rules.running import counted, duration, switched_after, usual_provider


@st.composite
def scores(draw: st.DrawFn, least: int = 0) -> Figure:
    n = draw(st.integers(1, 300))
    return a_figure(draw(st.integers(min(least, n), n)), n)


def parts(figure: Figure) -> tuple[float, float, float]:
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    return figure.value, figure.low, figure.high


def lower_by_bisection(after: Figure, before: Figure) -> float:
    """Find where after - x * before stops being certain to be above zero.

    MOVER for a difference: its lower limit is the estimate less the root of the sum of squares of
    the distances to the limits that matter. The ratio's limit is the x for which that is zero.
    """
    (a, a_low, _), (b, _, b_high) = parts(after), parts(before)
    below, above = 0.0, a / b
    for _ in range(200):
        x = (below + above) / 2
        if a - x * b - math.hypot(a - a_low, x * (b_high - b)) > 0:
            below = x
        else:
            above = x
    return below


def upper_by_bisection(after: Figure, before: Figure) -> float:
    """Find where after - x * before is first certain to be below zero."""
    (a, _, a_high), (b, b_low, _) = parts(after), parts(before)
    below, above = a / b, 1e12
    for _ in range(300):
        x = (below + above) / 2
        if a - x * b + math.hypot(a_high - a, x * (b - b_low)) < 0:
            above = x
        else:
            below = x
    return above


class TestRatio:
    @pytest.mark.parametrize(
        ("after", "before"),
        [((22, 48), (24, 48)), ((0, 48), (5, 48)), ((1, 48), (9, 48)), ((48, 48), (48, 48))],
    )
    def test_the_interval_is_the_one_that_makes_the_difference_zero(
        self, after: tuple[int, int], before: tuple[int, int]
    ) -> None:
        a, b = a_figure(*after), a_figure(*before)

        value, low, high = parts(ratio(a, b))

        assert value == pytest.approx((after[0] / after[1]) / (before[0] / before[1]))
        assert low == pytest.approx(lower_by_bisection(a, b), abs=1e-7)
        assert high == pytest.approx(upper_by_bisection(a, b), rel=1e-6)

    def test_a_known_value(self) -> None:
        # The roots of 0.2315 x^2 - 0.4583 x + 0.1924 and of 0.2315 x^2 - 0.4583 x + 0.1908.
        found = ratio(
            Figure(value=22 / 48, low=0.3256, high=0.5971),
            Figure(value=0.5, low=0.3639, high=0.6361),
        )

        assert found.value == pytest.approx(0.9167, abs=1e-4)
        assert found.low == pytest.approx(0.6044, abs=1e-4)
        assert found.high == pytest.approx(1.3847, abs=1e-4)

    @given(scores(), scores(least=1))
    def test_the_ratio_lies_within_its_interval(self, after: Figure, before: Figure) -> None:
        value, low, high = parts(ratio(after, before))

        assert 0 <= low <= value + 1e-12
        assert value <= high * (1 + 1e-9)

    @given(scores(), scores(least=1))
    def test_the_limits_are_those_of_the_difference(self, after: Figure, before: Figure) -> None:
        _, low, high = parts(ratio(after, before))

        assert low == pytest.approx(lower_by_bisection(after, before), abs=1e-6)
        assert high == pytest.approx(upper_by_bisection(after, before), rel=1e-4)

    @given(scores(least=1))
    def test_equal_figures_give_1_inside_the_interval(self, figure: Figure) -> None:
        value, low, high = parts(ratio(figure, figure))

        assert value == 1
        assert low < 1 < high

    @given(scores(least=1), scores(least=1))
    def test_the_interval_of_the_inverse_is_the_inverse(self, one: Figure, two: Figure) -> None:
        _, low, high = parts(ratio(one, two))
        _, low_back, high_back = parts(ratio(two, one))
        assume(low > 1e-6)
        assume(low_back > 1e-6)

        assert low == pytest.approx(1 / high_back, rel=1e-4)
        assert high == pytest.approx(1 / low_back, rel=1e-4)

    @given(scores(least=1))
    def test_where_nothing_answers_it_is_zero_for_certain(self, before: Figure) -> None:
        assert ratio(NOTHING, before) == NOTHING

    def test_a_score_of_zero_is_zero_with_an_upper_limit(self) -> None:
        value, low, high = parts(ratio(a_figure(0), a_figure(24)))

        assert (value, low) == (0, 0)
        assert 0.1 < high < 0.25

    @given(scores(), scores())
    def test_what_is_unknown_stays_unknown(self, one: Figure, two: Figure) -> None:
        assert ratio(UNKNOWN, one) == UNKNOWN
        assert ratio(two, UNKNOWN) == UNKNOWN
        assert ratio(NOTHING, UNKNOWN) == UNKNOWN

    @given(scores(), st.integers(1, 300))
    def test_over_zero_it_is_unknown_and_never_infinite(self, after: Figure, n: int) -> None:
        assert ratio(after, a_figure(0, n)) == UNKNOWN
        assert ratio(after, NOTHING) == UNKNOWN
        assert ratio(NOTHING, NOTHING) == UNKNOWN

    def test_a_before_that_can_not_be_told_from_zero_leaves_no_upper_bound(self) -> None:
        found = ratio(a_figure(24), Figure(value=0.1, low=0.0, high=0.3))

        assert found.value == pytest.approx(5)
        assert found.low is not None
        assert found.high is None

    def test_the_lower_limit_makes_no_jump_where_the_upper_limit_before_is_twice_the_value(
        self,
    ) -> None:
        after = Figure(value=0.5, low=0.3, high=0.7)
        lows = [
            ratio(after, Figure(value=0.25, low=0.1, high=high)).low
            for high in (0.5 - 1e-9, 0.5, 0.5 + 1e-9)
        ]

        assert lows == pytest.approx([0.84, 0.84, 0.84], abs=1e-6)


class TestDuration:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("1s", 1), ("30s", 30), ("5m", 300), ("1h", 3600), ("24h", 86400), (" 90s ", 90)],
    )
    def test_a_number_and_a_unit_is_a_duration(self, text: str, seconds: int) -> None:
        assert duration(text) == timedelta(seconds=seconds)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "s",
            "30",
            "0s",
            "-5s",
            "1.5h",
            "30 s",
            "5M",
            "1d",
            "25h",
            "86401s",
            "9999999s",
            "30s5",
        ],
    )
    def test_anything_else_is_refused_with_how_to_write_it(self, text: str) -> None:
        with pytest.raises(NoDuration) as refusal:
            duration(text)
        assert "30s" in str(refusal.value.hint)


class TestCounting:
    @given(st.lists(st.sampled_from(["served", "moved", "failed", "refused", "left"])))
    def test_what_was_sent_is_what_was_served_moved_or_failed(self, outcomes: list[str]) -> None:
        found = counted(a_request(at, outcome) for at, outcome in enumerate(outcomes))

        assert found.sent == found.served + found.moved + found.failed
        assert (found.served, found.moved, found.failed) == (
            outcomes.count("served"),
            outcomes.count("moved"),
            outcomes.count("failed"),
        )

    def test_who_answers_most_probes_answers(self) -> None:
        found = [a_probed(0, "a"), a_probed(1, "b"), a_probed(2, "b"), a_probed(3, None)]

        assert usual_provider(found) == "b"
        assert usual_provider([a_probed(0, None)] * 3 + [a_probed(1, "a")]) == "a"
        assert usual_provider([a_probed(0, None)]) is None
        assert usual_provider([]) is None


class TestSwitching:
    WITHDRAWN = NOON_SECONDS + 10

    def seconds(self, *probes: tuple[float, str | None], others: Sequence[str] = ("b",)) -> object:
        return switched_after([a_probed(*p) for p in probes], self.WITHDRAWN, others)

    def test_it_lasts_until_the_first_complete_answer_of_another(self) -> None:
        found = self.seconds((9, "a"), (10.5, None), (11, "b"), (10.2, "b"), (30, "b"))

        assert found == pytest.approx(0.3)

    def test_an_answer_from_before_the_withdrawal_is_no_switch(self) -> None:
        assert self.seconds((5, "b"), (9.95, "b")) == pytest.approx(0.05)
        assert self.seconds((5, "b")) is None

    def test_without_an_answer_of_another_there_was_none(self) -> None:
        assert self.seconds((11, "a"), (12, None)) is None
        assert self.seconds((11, "b"), others=()) is None


class TestWorst:
    def test_it_is_the_line_with_the_least_continuity(self) -> None:
        lines = [a_line("en-Latn"), a_line("hi-Deva", after=a_figure(3)), a_line("ja-Jpan")]

        worst = worst_of(lines)

        assert worst is not None
        assert (worst.service, worst.language) == ("helpline", "hi-Deva")
        assert worst.continuity == lines[1].continuity

    def test_zero_is_worse_than_anything_and_of_equals_the_first_counts(self) -> None:
        zero = [a_line("hi-Deva", after=NOTHING), a_line("ja-Jpan", after=NOTHING)]

        worst = worst_of([a_line(), *zero])

        assert worst is not None
        assert worst.language == "hi-Deva"

    def test_what_is_unknown_is_not_the_worst(self) -> None:
        unknown = a_line("hi-Deva", after=UNKNOWN)

        assert worst_of([unknown]) is None
        worst = worst_of([unknown, a_line("ja-Jpan")])
        assert worst is not None
        assert worst.language == "ja-Jpan"
