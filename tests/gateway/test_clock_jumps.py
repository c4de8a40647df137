"""The clock of a served node jumps, forward and back: what is closed by it, and what is not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.clocks import StoppedClock
from support.partners import until
from support.stages import SERVICE, Stage, a_stage

from corridor.access import Account
from corridor.gateway import Extent, Gateway, Metering, Proxy

HOUR = 3600.0


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    patient = {"failures_to_open": 100, "attempt_seconds": 15.0, "overall_seconds": 20.0}
    with a_stage(tmp_path, clock=StoppedClock(), gateway=patient) as stage:
        yield stage


def jump(stage: Stage, seconds: float) -> None:
    clock = stage.node.clock
    assert isinstance(clock, StoppedClock)
    clock.advance(seconds)


def closures(stage: Stage) -> int:
    return len(stage.node.runtime.service(Proxy).snapshot.closures)


def test_a_suspension_holds_from_its_moment_until_its_end_however_the_clock_gets_there(
    stage: Stage,
) -> None:
    begins = stage.node.clock() + timedelta(seconds=HOUR)
    stage.node.suspend("alpha-inc", HOUR * 2, Extent(starts=begins))
    until(lambda: closures(stage) == 1)

    seen = [stage.ask().provider]
    for seconds in (1.5 * HOUR, -1.5 * HOUR, 1.5 * HOUR, 5 * HOUR, -5 * HOUR):
        jump(stage, seconds)
        seen.append(stage.ask().provider)

    assert seen == ["alpha", "beta", "alpha", "beta", "alpha", "beta"]


def test_a_key_ends_by_the_clock_and_what_was_decided_before_is_not_remembered_past_it(
    stage: Stage,
) -> None:
    stage.secret = stage.node.issue_key(label="brief", lifetime=timedelta(seconds=60))
    until(lambda: stage.ask().status == 200)

    codes: list[int] = []
    for seconds in (61, -61, HOUR, -2 * HOUR):
        jump(stage, seconds)
        codes.append(stage.ask().status)

    assert codes == [401, 200, 401, 200]


@pytest.mark.parametrize("seconds", [2 * HOUR, -2 * HOUR])
def test_a_minutes_limit_and_a_suppliers_pause_do_not_jump(stage: Stage, seconds: float) -> None:
    metering = stage.node.runtime.service(Metering)
    with stage.node.runtime.store.transaction("test") as tx:
        metering.set_limit(tx, "model", SERVICE, requests_per_minute=2)
        head = tx.head()
    until(lambda: stage.node.runtime.service(Proxy).snapshot.head >= head)
    stage.alpha.next("429 for an hour")
    assert [stage.ask().provider for _ in range(2)] == ["beta", "beta"]
    waits = [int(stage.ask().headers["retry-after"])]

    jump(stage, seconds)

    refused = stage.ask()
    waits.append(int(refused.headers["retry-after"]))
    assert (refused.status, refused.error["code"]) == (429, "rate_limit_exceeded")
    assert all(0 < wait <= 61 for wait in waits)
    rests = stage.ask(model="alpha")  # by its name, no limit is in the way: it still rests
    assert (rests.status, rests.error["code"], stage.alpha.asked) == (429, "providers_rest", 1)


def test_a_pause_until_a_date_is_counted_from_when_it_was_said(stage: Stage) -> None:
    stage.alpha.next("429 until a date")
    assert stage.ask().provider == "beta"

    jump(stage, -HOUR)

    rests = stage.ask(model="alpha")
    assert 0 < int(rests.headers["retry-after"]) <= 301  # the longest that is heeded


def test_what_is_known_is_not_older_because_the_clock_jumped(tmp_path: Path) -> None:
    clock = StoppedClock()
    with a_stage(tmp_path, clock=clock, gateway={"snapshot_seconds": 60.0}) as stage:
        asked = [stage.ask()]
        for seconds in (2 * HOUR, -4 * HOUR, 2 * HOUR):
            clock.advance(seconds)
            asked.append(stage.ask())

        assert {each.status for each in asked} == {200}
        for each in asked:
            stage.accounted(each)
        stage.node.stop()
        with stage.node.runtime.store.view() as view:
            checked = stage.node.runtime.service(Account).checked(view)
        assert [(each.faults, each.decisions) for each in checked] == [((), len(asked))]


def proposals(stage: Stage) -> list[str]:
    with stage.node.runtime.store.view() as view:
        return [each.id for each in stage.node.runtime.service(Gateway).proposals(view)]


def dismiss(stage: Stage) -> None:
    gateway = stage.node.runtime.service(Gateway)
    until(lambda: len(proposals(stage)) == 1)
    with stage.node.runtime.store.transaction("test") as tx:
        gateway.dismiss(tx, gateway.proposals(tx)[0].id, "the key was renewed")


def test_a_no_is_dismissed_though_the_clock_was_put_back_since(stage: Stage) -> None:
    stage.alpha.next("403")
    assert stage.ask().provider == "beta"
    until(lambda: len(proposals(stage)) == 1)

    jump(stage, -HOUR)
    dismiss(stage)

    until(lambda: stage.ask().provider == "alpha")


def test_a_no_counts_though_another_was_dismissed_before_the_clock_was_put_back(
    stage: Stage,
) -> None:
    stage.alpha.next("403")
    assert stage.ask().provider == "beta"
    dismiss(stage)
    until(lambda: stage.ask().provider == "alpha")
    stage.reset()

    jump(stage, -HOUR)
    stage.alpha.mode = "403"

    assert [stage.ask().provider for _ in range(3)] == ["beta"] * 3
    until(lambda: len(proposals(stage)) == 1)
    assert [stage.ask().provider for _ in range(3)] == ["beta"] * 3
    assert stage.alpha.asked == 1
