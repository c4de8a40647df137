"""Which blocks of guards make an incident: grouped, bounded, each counted once."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corridor.core.errors import Invalid
from corridor.gateway.records import GuardWatch, Watch
from corridor.gateway.rules.guards.files import watches_in
from corridor.gateway.rules.incidents import (
    HOUR,
    Blocked,
    Opened,
    counted_by,
    to_open,
    to_tell,
    watch_of,
)

DIGEST = "d" * 64


def blocked(hour: int, count: int = 1, target: str = "helpline", act: str = "refused") -> Blocked:
    at = float(hour * HOUR)
    return Blocked(
        hour, target, "hi-Deva", "pii", act, "small", DIGEST, count, at, at + count, f"r{hour}"
    )


def watching(service: str = "*", hour: int = 0, **fields: object) -> dict[str, GuardWatch]:
    watch = Watch.model_validate({"guard": "pii", "category": "privacy", **fields})
    made_at = datetime.fromtimestamp(hour * HOUR, UTC)
    return {service: GuardWatch(made_at=made_at, service=service, watches=(watch,))}


def test_what_a_service_says_of_a_guard_comes_before_what_is_said_of_all() -> None:
    stated = watching(severity="low") | watching("helpline", severity="high")
    found = {name: watch_of(stated, name, "pii", "refused") for name in ("helpline", "leaflets")}
    assert [each and each[0].severity for each in found.values()] == ["high", "low"]
    assert watch_of(stated, "helpline", "pii", "failed_closed") is None
    assert watch_of(stated, "helpline", "size", "refused") is None


def test_fewer_than_the_watch_says_open_nothing_and_old_ones_do_not_add_up() -> None:
    stated = watching(at_least=5, hours=2)
    assert not to_open(stated, [blocked(10, 3), blocked(13, 4)], [], 13)
    [(_, count)] = to_open(stated, [blocked(10, 3), blocked(12, 1), blocked(13, 4)], [], 13)
    assert count.total == 5


def test_what_was_blocked_before_it_was_watched_is_in_no_incident() -> None:
    [(_, count)] = to_open(watching(hour=12), [blocked(11, 7), blocked(12, 2)], [], 12)
    assert count.total == 2


def test_services_files_and_acts_are_incidents_of_their_own() -> None:
    lines = [blocked(5), blocked(5, target="leaflets"), blocked(5, act="kept_back")]
    assert len(to_open(watching(), lines, [], 5)) == 3


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 50)), max_size=60), st.integers(1, 40)
)
def test_each_block_is_in_one_incident_at_most_and_incidents_are_as_few_as_windows(
    arrivals: list[tuple[int, int]], hours: int
) -> None:
    stated, opened, lines = watching(hours=hours), list[Opened](), list[Blocked]()
    for hour, count in sorted(arrivals):
        lines.append(blocked(hour, count))
        for watch, found in to_open(stated, lines, opened, hour):
            begins = min(each.hour for each in found.hours)
            name = f"f{len(opened)}"
            opened.append(Opened(name, *found.first.group, begins, begins + watch.hours, 0, 0.0))
    counted = [counted_by(each, lines).total for each in opened]
    assert sum(counted) == sum(each.count for each in lines)
    assert len(opened) <= 301 // hours + 1


@given(st.integers(1, 500))
def test_however_many_are_blocked_the_count_is_told_a_bounded_number_of_times(each: int) -> None:
    opened, told = Opened("f", "helpline", "pii", "refused", DIGEST, 0, 24, 1, 0.0), 1
    total = 1
    for minute in range(24 * 60):
        total += each
        count = counted_by(opened, [blocked(0, total)])
        if to_tell(opened, count, minute * 60.0):
            told += 1
            opened = Opened(
                "f", "helpline", "pii", "refused", DIGEST, 0, 24, count.total, minute * 60.0
            )
    assert told <= 24 + 7


def test_a_file_of_watches_is_refused_with_the_line() -> None:
    good = "service: helpline\nwatches:\n  - {guard: pii, category: privacy}\n"
    assert watches_in(good).watches[0].acts == ("refused", "kept_back")
    with pytest.raises(Invalid, match="Line 3: .*guard"):
        watches_in(good.replace("pii", "names"))
    with pytest.raises(ValidationError):
        Watch.model_validate({"guard": "pii", "category": "privacy", "acts": []})
