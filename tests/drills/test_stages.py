"""The stages of a drill as people write them, and what ends one before its time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drilled import a_request

from corridor.drills.errors import NoDuration, NoStages
from corridor.drills.records import Stage, Tripwire
from corridor.drills.rules.stages import checked, stages_in, tripped
from corridor.gateway import Handled


def test_stages_are_read_as_people_write_them() -> None:
    assert stages_in("shadow:10s, canary:2m@2.5%,full:1h") == (
        Stage(kind="shadow", seconds=10, share=0),
        Stage(kind="canary", seconds=120, share=0.025),
        Stage(kind="full", seconds=3600, share=1),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "full",
        "canary:10s",
        "canary:10s@0%",
        "canary:10s@100%",
        "shadow:10s@5%",
        "full:10s,shadow:10s",
        "canary:10s@20%,canary:10s@10%",
        "shadow:10s,shadow:10s",
        "canary:23h@10%,full:2h",
        "全部:10s",
    ],
)
def test_what_makes_no_sense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NoStages) as refusal:
        stages_in(text)
    assert "canary:30s@10%" in str(refusal.value.hint)


def test_a_stage_of_no_time_is_refused() -> None:
    with pytest.raises(NoDuration):
        stages_in("full:0s")


@given(st.lists(st.floats(0, 1), max_size=6))
def test_stages_are_taken_if_each_concerns_more_than_the_one_before(shares: list[float]) -> None:
    stages = [Stage(kind="canary", seconds=1, share=share) for share in shares]
    rises = bool(shares) and shares == sorted(set(shares))
    if rises:
        assert checked(stages) == tuple(stages)
    else:
        with pytest.raises(NoStages):
            checked(stages)


def many(count: int, outcome: str, seconds: float = 1.0) -> list[Handled]:
    return [a_request(1.0, outcome).model_copy(update={"seconds": seconds}) for _ in range(count)]


WIRE = Tripwire(failed=0.1, slower=3.0, least=10)


@pytest.mark.parametrize(
    ("before", "during", "expected"),
    [
        (many(50, "served"), many(50, "moved"), ""),
        (many(50, "served"), many(44, "moved") + many(6, "failed"), "12% more"),
        (many(44, "served") + many(6, "failed"), many(44, "moved") + many(6, "failed"), ""),
        (many(50, "served"), many(4, "failed"), ""),
        (many(50, "served"), many(9, "served") + many(400, "left"), ""),
        (many(50, "served"), many(50, "moved", 3.5), "3.5 times as long"),
        ([], many(50, "moved", 90.0), ""),
        ([], many(50, "failed"), "100% more"),
    ],
)
def test_a_drill_ends_if_more_live_requests_fail_or_wait_than_before(
    before: list[Handled], during: list[Handled], expected: str
) -> None:
    why = tripped(before, during, WIRE)
    assert expected in why
    assert bool(why) is bool(expected)
