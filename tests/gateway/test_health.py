"""Circuits, pauses and the budget for retries."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.gateway.rules.health import LONGEST_BACKOFF, Circuit, RetryBudget, backoff, pause_of

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
    assert not Circuit().rested(10.0).failed(1.0, 3, 2.0).lets_through(9.0, 3)
