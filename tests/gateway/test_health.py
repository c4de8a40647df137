"""Circuits, pauses and the budget for retries."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from corridor.gateway.rules.health import (
    LONGEST_BACKOFF,
    TOGETHER_SECONDS,
    Circuit,
    RetryBudget,
    backoff,
    pause_of,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(st.lists(st.booleans(), max_size=300), st.floats(0, 1), st.integers(0, 20))
def test_however_many_requests_fail_retries_stay_a_share_of_them(
    story: list[bool], ratio: float, reserve: int
) -> None:
    budget = RetryBudget(ratio, reserve)
    requests = retries = 0
    for asks_again in story:
        requests += 1
        budget.earn()
        retries += asks_again and budget.take()

    assert retries <= requests * ratio + reserve + 1e-6


def test_a_circuit_is_told_in_the_words_of_the_field() -> None:
    well = Circuit()
    broken = Circuit(failures=3, open_until=20.0, failed_at=10.0)

    assert [well.state(now, 3) for now in (0.0, 99.0)] == ["closed", "closed"]
    assert [broken.state(now, 3) for now in (15.0, 20.0)] == ["open", "half-open"]
    assert broken.asked(21.0, 3).state(21.0, 3) == "half-open"
    assert broken.state(15.0, 4) == "closed"
    assert well.rested(30.0).state(29.0, 3) == "rests"


@given(st.integers(1, 60), st.floats(0.001, 10), st.floats(0, 1, exclude_max=True))
def test_a_pause_before_a_retry_is_never_longer_than_the_longest(
    attempt: int, base: float, chance: float
) -> None:
    assert 0 <= backoff(attempt, base, chance) < LONGEST_BACKOFF + 1e-9
    assert backoff(1, base, chance) <= base


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("999999", 300.0),
        (format_datetime(NOW + timedelta(seconds=20), usegmt=True), 20.0),
        (format_datetime(NOW - timedelta(seconds=20), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=20), usegmt=True), 300.0),
        ("後で", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        (None, None),
        ("Thu, 01 Jan 2026 12:00:20", None),
    ],
)
def test_a_provider_is_left_alone_for_as_long_as_it_says(
    said: str | None, seconds: float | None
) -> None:
    assert pause_of(said, NOW, 300.0) == seconds


def test_a_provider_that_asked_for_a_pause_is_not_asked_until_then() -> None:
    circuit = Circuit().rested(10.0)

    assert not circuit.lets_through(9.9, 3)
    assert circuit.lets_through(10.0, 3)


def test_a_longer_pause_is_not_cut_short_by_a_shorter_one() -> None:
    assert Circuit().rested(10.0).rested(5.0).rests_until == 10.0


def test_a_failure_does_not_end_a_pause() -> None:
    assert not Circuit().rested(10.0).failed(0.5, 1.0, 3, 2.0).lets_through(9.0, 3)


@given(
    st.lists(st.floats(0.001, 30), min_size=1, max_size=50), st.floats(30.5, 60), st.integers(1, 9)
)
def test_however_many_fail_at_one_moment_it_is_one_failure(
    begun: list[float], moment: float, limit: int
) -> None:
    before = circuit = Circuit(failures=limit - 1, failed_at=0.0)
    for began in begun:
        circuit = circuit.failed(began, moment, limit, 10.0)

    assert circuit == before.failed(begun[0], moment, limit, 10.0)
    assert circuit.failures == limit


@given(
    st.lists(st.tuples(st.floats(0.001, 5), st.floats(0, 40)), min_size=1, max_size=30),
    st.integers(1, 9),
)
def test_each_failure_of_an_attempt_that_began_after_the_one_before_counts(
    story: list[tuple[float, float]], limit: int
) -> None:
    circuit, now = Circuit(), 0.0
    for pause, took in story:
        began = now + pause
        now = began + took
        circuit = circuit.failed(began, now, limit, 10.0)

    assert circuit.failures == len(story)
    assert circuit.lets_through(now, limit) is (len(story) < limit)


@given(st.floats(1, 60), st.integers(2, 9), st.floats(0.001, 0.9))
def test_a_provider_that_is_silent_to_all_is_left_alone_though_they_had_begun_together(
    patience: float, limit: int, apart: float
) -> None:
    circuit = Circuit()
    story = [
        apart * count for count in range(math.ceil((limit + 1) * 2 * TOGETHER_SECONDS / apart))
    ]
    for began in story:
        circuit = circuit.failed(began, began + patience, limit, 10.0)

    assert not circuit.lets_through(story[-1] + patience, limit)


def test_who_tries_a_provider_and_fails_beside_an_older_attempt_keeps_no_other_from_trying() -> (
    None
):
    shut = Circuit(failures=3, open_until=10.0, failed_at=0.0).asked(10.0, 3)
    older = shut.failed(0.5, 10.2, 3, 10.0)

    assert not older.lets_through(20.2, 3)
    assert older.failed(10.0, 10.5, 3, 10.0).lets_through(20.2, 3)
    assert older.left(10.0).lets_through(20.2, 3)


class CircuitMachine(RuleBasedStateMachine):
    """A provider under load by many at once; the model counts events and remembers who tries it."""

    limit = 3
    open_seconds = 10.0
    pause = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.circuit = Circuit()
        self.now = 0.0
        self.in_a_row = 0
        self.failed_at = -100.0
        self.under_way: list[float] = []
        """When each attempt began that is not over."""
        self.trying: float | None = None
        self.early = False

    @property
    def open(self) -> bool:
        return self.in_a_row >= self.limit

    @rule(seconds=st.floats(0.001, 15))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.circuit.lets_through(self.now, self.limit))
    @rule()
    def a_request_goes_through(self) -> None:
        self.now += 0.001
        self.circuit = self.circuit.asked(self.now, self.limit)
        if self.open:
            self.trying = self.now
        self.under_way.append(self.now)

    @precondition(lambda self: self.circuit.may_be_tried_early(self.now, self.limit, self.pause))
    @rule()
    def nobody_else_is_left(self) -> None:
        self.circuit = self.circuit.tried_early(self.now)
        self.early = True

    @precondition(lambda self: bool(self.under_way))
    @rule(data=st.data(), outcome=st.sampled_from(["good", "bad", "bad", "left"]))
    def an_attempt_ends(self, data: st.DataObject, outcome: str) -> None:
        began = data.draw(st.sampled_from(self.under_way))
        self.under_way.remove(began)
        tried = began == self.trying
        self.trying = None if tried or outcome == "good" else self.trying
        if outcome == "good":
            self.circuit, self.in_a_row, self.early = Circuit(), 0, False
            self.failed_at = -100.0
        elif outcome == "left":
            self.circuit = self.circuit.left(began)
        else:
            self.circuit = self.circuit.failed(began, self.now, self.limit, self.open_seconds)
            together = began <= self.failed_at and self.now < self.failed_at + TOGETHER_SECONDS
            if not together:
                self.in_a_row += 1
                self.failed_at = self.now
                self.early = False

    @invariant()
    def it_lets_through_when_healthy_or_to_be_tried_by_one(self) -> None:
        rested = self.early or self.now >= self.failed_at + self.open_seconds
        expected = not self.open or (rested and self.trying is None)
        assert self.circuit.failures == self.in_a_row
        assert self.circuit.lets_through(self.now, self.limit) is expected

    @invariant()
    def nobody_is_tried_early_who_is_healthy_rests_or_is_being_tried(self) -> None:
        if self.circuit.may_be_tried_early(self.now, self.limit, self.pause):
            assert self.open
            assert self.trying is None
            assert self.now >= self.failed_at + self.pause

    @invariant()
    def a_pause_that_was_asked_for_is_kept_in_any_case(self) -> None:
        resting = replace(self.circuit, rests_until=self.now + 1.0)
        assert not resting.lets_through(self.now, self.limit)
        assert not resting.may_be_tried_early(self.now, self.limit, self.pause)


TestCircuit = CircuitMachine.TestCase
