"""A window never holds more than its limit, and turns go round fairly, whatever comes."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import NOON
from support.supply import a_provider

from corridor.gateway.records import Limit, Price, PriceTable
from corridor.gateway.rules.limits import (
    IMAGE_TOKENS,
    in_force,
    limit_table,
    next_level,
    tokens_in,
    tokens_out,
)
from corridor.gateway.rules.meters import NOTHING, Held, Meter, Need
from corridor.gateway.rules.prices import price_book
from corridor.gateway.rules.queues import HEAVIEST, QUANTUM, FairQueue
from corridor.gateway.rules.requests import Caller
from corridor.gateway.rules.windows import CELL_SECONDS, Window

STEPS = st.lists(
    st.tuples(st.floats(0, 20), st.integers(1, 40), st.integers(0, 60)), min_size=1, max_size=60
)
"""After how many seconds a request comes, its estimate, and what it did use."""


def a_limit(**fields: object) -> Limit:
    return Limit.model_validate(
        {"made_at": NOON, "subject": "project", "name": "helpdesk", **fields}
    )


@settings(deadline=None)
@given(STEPS)
def test_no_minute_ever_holds_more_requests_or_tokens_than_the_limit(
    steps: list[tuple[float, int, int]],
) -> None:
    meter = Meter(a_limit(requests_per_minute=7, tokens_per_minute=100))
    now, let_in = 1000.0, list[tuple[float, int]]()
    for wait, tokens, real in steps:
        now += wait
        if meter.lack(now, Need(tokens)) is None:
            cell = meter.take(now, Need(tokens))
            used = min(tokens, real)
            meter.settle(now, cell, tokens, used)
            let_in.append((now, used))
        minute = [used for at, used in let_in if now - 60 < at <= now]
        assert len(minute) <= 7
        assert sum(minute) <= 100
        assert meter.tokens.used(now) >= sum(minute)


@settings(deadline=None)
@given(STEPS)
def test_whoever_waits_as_long_as_was_said_is_let_in(steps: list[tuple[float, int, int]]) -> None:
    meter = Meter(a_limit(requests_per_minute=3, tokens_per_minute=100))
    now = 1000.0
    for wait, tokens, _ in steps:
        now += wait
        need = Need(tokens)
        lack = meter.lack(now, need)
        while lack is not None:
            assert 0 < lack.seconds <= 60 + CELL_SECONDS
            now += lack.seconds
            lack = meter.lack(now, need)
        meter.settle(now, meter.take(now, need), tokens, tokens)


def test_use_beyond_the_estimate_counts_from_when_it_is_known() -> None:
    meter = Meter(a_limit(tokens_per_minute=100))
    cell = meter.take(1000.0, Need(10))
    meter.settle(1050.0, cell, 10, 95)

    assert meter.lack(1061.0, Need(20)) is not None  # the estimate is gone, the rest is not
    assert meter.lack(1111.0, Need(20)) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 90), st.integers(0, 1000)), max_size=200))
def test_a_window_keeps_few_cells_and_its_sum(steps: list[tuple[float, int]]) -> None:
    window, now = Window(), 0.0
    for wait, amount in steps:
        now += wait
        window.add(now, amount)
        assert window.used(now) == window.total >= amount
    assert window.used(now + 61) == 0


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("abcde"),
        st.lists(st.integers(1, 3 * QUANTUM), min_size=30, max_size=40),
        min_size=2,
    )
)
def test_callers_who_all_wait_get_the_same_weight_through(weights: dict[str, list[int]]) -> None:
    queue, through = FairQueue[tuple[str, int]](), Counter[str]()
    for caller, each in weights.items():
        for weight in each:
            queue.put(caller, weight, 5, (caller, weight))
    left = {caller: len(each) for caller, each in weights.items()}
    while min(left.values()) > 1:  # all of them wait
        taken = queue.take()
        assert taken is not None
        caller, weight = taken
        through[caller] += weight
        left[caller] -= 1
        shares = [through[name] for name in weights]
        assert max(shares) - min(shares) <= 2 * (QUANTUM + 3 * QUANTUM)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 10 * HEAVIEST)), max_size=50))
def test_everything_that_waits_gets_its_turn_once(requests: list[tuple[str, int]]) -> None:
    queue = FairQueue[int]()
    for number, (caller, weight) in enumerate(requests):
        queue.put(caller, weight, 5, number)
    taken = [queue.take() for _ in requests]

    assert sorted(number for number in taken if number is not None) == list(range(len(requests)))
    assert queue.take() is None
    assert queue.size == 0
    for caller in "abc":  # in order of arrival
        mine = [n for n in taken if n is not None and requests[n][0] == caller]
        assert mine == sorted(mine)


def test_a_flood_of_one_does_not_delay_another() -> None:
    queue = FairQueue[str]()
    for _ in range(1000):
        queue.put("flood", 500, 5, "flood")
    queue.put("other", 500, 5, "other")

    first = [queue.take() for _ in range(2 * QUANTUM // 500 + 1)]
    assert "other" in first


def test_the_least_important_is_turned_away_first_the_last_of_the_longest_line() -> None:
    queue = FairQueue[str]()
    for caller, priority, name in [
        ("a", 5, "a1"), ("b", 3, "b1"), ("a", 3, "a2"), ("a", 5, "a3"), ("c", 9, "c1")
    ]:  # fmt: skip
        queue.put(caller, 1, priority, name)
    assert queue.least() == (3, "a", "a2")

    assert queue.remove("a", "a2")
    assert not queue.remove("a", "a2")
    assert queue.least() == (3, "b", "b1")


@settings(deadline=None)
@given(
    st.integers(0, 200),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.booleans()), max_size=60),
)
def test_what_processes_hold_together_never_passes_the_limit(
    most: int, steps: list[tuple[int, int, bool]]
) -> None:
    """A step: which of three processes, how many requests come, and whether it looks."""
    meters = [Meter(a_limit(requests_per_minute=most)) for _ in range(3)]
    rows = dict.fromkeys(range(3), NOTHING)
    now, let_in = 1000.0, 0
    for meter in meters:
        meter.others = NOTHING
    for worker, requests, looks in steps:
        meter = meters[worker]
        if looks:
            claim = meter.claim(now)
            others = [row for other, row in rows.items() if other != worker]
            total = Held(_added([row.used for row in others]), _added([row.cap for row in others]))
            let_in += _sent(meter, now, requests // 2)  # while the look is under way
            rows[worker] = claim.granted(total, 3)
            meter.others, meter.cap = total, rows[worker].cap
        let_in += _sent(meter, now, requests)
        assert let_in <= most
        assert sum(row.cap[0] for row in rows.values()) <= most


def _added(threes: list[tuple[int, int, int]]) -> tuple[int, int, int]:
    a, b, c = (sum(each[of] for each in threes) for of in range(3))
    return a, b, c


def _sent(meter: Meter, now: float, requests: int) -> int:
    sent = 0
    for _ in range(requests):
        if meter.lack(now, Need()) is None:
            meter.take(now, Need())
            sent += 1
    return sent


def test_a_budget_counts_what_is_spent_and_what_is_on_its_way_until_its_day_ends() -> None:
    meter = Meter(a_limit(daily_budget=10, monthly_budget=15, currency="INR"))
    at = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
    assert meter.lacks_money(at, 10_000_000) is None
    meter.take(0.0, Need(cost=4_000_000))
    lack = meter.lacks_money(at, 7_000_000)
    assert lack is not None
    assert lack.code == "budget_exhausted"
    assert lack.seconds == 3600

    meter.purse.settle("2026-11-29", 4_000_000, 9_000_000)
    assert meter.lacks_money(at, 2_000_000) is not None
    next_day = at + timedelta(hours=2)
    assert meter.lacks_money(next_day, 6_000_000) is None
    assert meter.lacks_money(next_day, 7_000_000) is not None  # the month's
    assert meter.lacks_money(next_day + timedelta(days=1), 10_000_000) is None


def test_a_later_limit_takes_the_place_of_an_earlier_and_an_empty_one_ends_it() -> None:
    first, second = a_limit(requests_per_minute=1), a_limit(concurrency=2)
    assert in_force([first, second]) == {("project", "helpdesk"): second}
    assert in_force([first, a_limit()]) == {}


def test_a_request_is_under_the_limits_of_its_key_project_organisation_and_model() -> None:
    limits = in_force(
        a_limit(subject=subject, name=name, concurrency=1)
        for subject, name in [
            ("key", "ab"), ("project", "helpdesk"), ("organisation", "acme"),
            ("organisation", "jp"), ("model", "helpline"), ("project", "other"),
        ]
    )  # fmt: skip
    table = limit_table(limits, {"helpdesk": "acme"}, {"cd": "ab"})
    own = Caller("label", "ana", "helpdesk", ("*",), key_id="ab")
    rotated = Caller("label", "ana", "helpdesk", ("*",), key_id="cd")
    partners = Caller("label", "x", "helpdesk", ("*",), issuer="jp")

    def names(caller: Caller, target: str) -> list[str]:
        found = table.of(caller.issuer, caller.key_id, caller.project, target)
        return [limit.name for limit in found]

    assert names(own, "helpline") == ["ab", "helpdesk", "acme", "helpline"]
    assert names(rotated, "other-service") == ["ab", "helpdesk", "acme"]
    assert names(partners, "helpline") == ["jp", "helpline"]


def test_a_quarter_of_the_bytes_is_the_estimate_and_images_count_apart() -> None:
    image = "data:image/png;base64," + "A" * 100_000
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": image}},
    ]
    body = {"messages": [{"role": "user", "content": parts}]}
    assert tokens_in({"messages": []}, 400) == 100
    assert tokens_in(body, len(image) + 400) == 100 + IMAGE_TOKENS


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 512),
        ({"max_tokens": 10}, 10),
        ({"max_tokens": 10, "max_completion_tokens": 20, "n": 3}, 60),
        ({"max_tokens": "many", "n": -4}, 512),
        ({"max_tokens": 10**30}, 10**9),
    ],
)
def test_tokens_that_come_out_are_what_is_allowed_at_most_or_what_is_assumed(
    body: dict[str, object], expected: int
) -> None:
    assert tokens_out(body, 512) == expected


def test_the_lowest_priorities_are_turned_away_step_by_step_and_let_in_again() -> None:
    level = 0
    for _ in range(20):
        level = next_level(level, 0.6, 0.5)
    assert level == 9
    assert next_level(level, 0.5, 0.5) == 8
    assert next_level(0, 0.0, 0.5) == 0


def test_the_price_in_force_is_the_newest_of_the_provider_else_of_its_model() -> None:
    def table(days: int, *prices: tuple[str, str, int | None]) -> PriceTable:
        rows = [
            Price.model_validate(
                {
                    "of": of,
                    "name": name,
                    "per_million_in": cost,
                    "per_million_out": 2,
                    "currency": "INR",
                }
            )
            for of, name, cost in prices
        ]
        return PriceTable(made_at=NOON, valid_from=NOON + timedelta(days=days), prices=tuple(rows))

    tables = [
        table(0, ("model", "small", 10)),
        table(2, ("provider", "alpha", 20)),
        table(4, ("provider", "alpha", None)),
        table(-2, ("model", "small", 5)),
    ]
    book, alpha, beta = price_book(tables), a_provider("alpha"), a_provider("beta")

    def cost(provider: object, days: int) -> int | None:
        price = book.of(alpha if provider is alpha else beta, NOON + timedelta(days=days))
        return price.cost(1, 1) if price else -1

    assert [cost(alpha, day) for day in (-3, -1, 1, 3, 5)] == [-1, 7, 12, 22, None]
    assert [cost(beta, day) for day in (-3, -1, 5)] == [-1, 7, 12]
    assert book.worst([alpha, beta], "INR", NOON + timedelta(days=3)) == (20, 2)
    assert book.worst([alpha, beta], "JPY", NOON + timedelta(days=3)) is None
    assert book.worst([alpha, beta], "INR", NOON + timedelta(days=5)) is None
