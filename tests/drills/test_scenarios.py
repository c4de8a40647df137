"""Drills of scenarios on a served node: what is lost is suspended, whole or in part, and comes back."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
from support.nodes import bearer
from support.partners import until
from support.patient import PATIENCE_SECONDS, own_time
from support.programs import Callers, Ended, corridor_here
from support.worlds import World, a_world_of_three, beside
from yaml import safe_load

from corridor.drills import DrillResult, DrillStarted, Planning
from corridor.drills.rules.loss import Loss
from corridor.gateway import Suspension
from corridor.supply_chain import Scenario, scenario_named

A_PART = """\
name: vendor-throttled
title: The vendor answers seven of ten requests
disruptions:
  - {kind: input, inputs: [provider:vendor], part: 30, duration_days: 2}
"""
BY_AND_BY = """\
name: by-and-by
title: The cloud is gone for two days, and the vendor from day 30 on
disruptions:
  - {kind: input, inputs: [provider:cloud], duration_days: 2}
  - {kind: input, inputs: [provider:vendor], start_day: 30}
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        yield a_world_of_three(stack, tmp_path_factory.mktemp("scenarios"), critical=["desk"])


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    until(lambda: shared.asked() == "vendor")
    yield shared
    assert shared.nothing_is_left()


def run(world: World, *words: str | Path) -> DrillResult:
    """Hold a drill by the real command; return what it signed."""
    ended = corridor_here("--home", world.node.home, "drill", "run", *words, "--json")
    assert ended.returncode == 0, ended.stderr
    record = json.loads(ended.stdout)["record"]
    with world.node.runtime.store.view() as view:
        return view.find(DrillResult, record).record


def abort_when_others_answered(world: World, callers: Callers) -> None:
    """End the drill once enough was asked that shares say something, and enough probes met others."""
    until(lambda: world.stage() == "full")
    before = callers.sent
    until(lambda: callers.sent > before + 120 and world.moved() > 8)
    with world.node.runtime.store.transaction("test") as tx:
        world.rehearsals.abort(tx, "seen enough")


def ask_the_desk(world: World) -> str:
    answer = httpx2.post(
        f"{world.node.address}/v1/chat/completions",
        json={"model": "desk", "messages": [{"role": "user", "content": "hello"}]},
        headers=bearer(world.secret),
        trust_env=False,
        timeout=PATIENCE_SECONDS,
    )
    return answer.headers.get("x-corridor-provider", "")


def test_a_scenario_of_the_library_takes_two_providers_at_once_and_says_so(world: World) -> None:
    with Callers(world.node.address, world.secret, ("en-Latn",) * 2).calling() as callers:
        until(lambda: callers.sent > 4)
        result = run(world, "model-withdrawn", "--set", "country=US", "--home", "IN", "--for", "2s")

    assert callers.failed == []
    assert set(callers.answered) == {"vendor", "other"}  # nobody moved to the cloud
    assert result.how == "finished"
    assert [str(each) for each in result.lost] == ["provider cloud", "provider vendor"]
    assert result.scenario is not None
    assert (result.cause, result.scenario.home) == ("model-withdrawn/US", "IN")
    assert {(e.service, e.before.provider, e.after.provider) for e in result.lines} == {
        ("helpline", "vendor", "other"),
        ("desk", "vendor", "other"),
    }
    with world.node.runtime.store.view() as view:
        started = list(view.own(DrillStarted))[-1]
        planning = world.node.runtime.service(Planning)
        prediction = planning.prediction(view, result.prediction_id or "")
    assert started.prediction_id == result.prediction_id == prediction.id
    assert prediction.scenario.name == "model-withdrawn"
    assert prediction.made_at <= started.made_at
    assert planning.contradictions(prediction, result) == ()


def test_a_critical_service_is_only_shadowed_by_a_scenario_too(world: World) -> None:
    us = Loss(scenario=scenario_named("model-withdrawn"), parameters={"country": "US"}, home="IN")
    with beside(lambda: world.held("full:60s", us)) as drill:
        until(lambda: world.stage() == "full")
        until(lambda: world.asked() == "other")
        assert {ask_the_desk(world) for _ in range(10)} == {"vendor"}
        with world.node.runtime.store.transaction("test") as tx:
            world.rehearsals.abort(tx, "seen enough")
        result = drill.result(60)

    desk = next(line for line in result.lines if line.service == "desk")
    assert desk.after.provider == "other"  # its probes met the loss


def test_a_file_of_ones_own_takes_a_part_and_so_many_requests_move(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(A_PART)
    with Callers(world.node.address, world.secret, ("en-Latn",) * 4).calling() as callers:
        until(lambda: callers.sent > 4)
        with ThreadPoolExecutor(1) as watching:
            seen_enough = watching.submit(abort_when_others_answered, world, callers)
            result = run(world, file, "--for", "200s", "--service", "helpline")
        seen_enough.result()

    assert callers.failed == []
    assert [str(each) for each in result.lost] == ["30% of provider vendor"]
    [line] = result.lines
    assert line.live is not None
    assert 0.1 < (line.live.sent - line.live.served) / line.live.sent < 0.5
    assert line.switch_seconds is not None
    assert line.continuity.value is not None
    assert 30 / 36 < line.continuity.value < 1.0  # of vendor and cloud, each by its share
    assert {taker.provider for taker in line.takers} == {"cloud"}
    with world.node.runtime.store.view() as view:
        stated = [e for e in view.own(Suspension) if e.part is not None]
    assert {each.part for each in stated} == {0.3}


def test_of_one_day_of_a_scenario_only_what_is_gone_then_is_taken(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(BY_AND_BY)

    result = run(world, file, "--day", "31", "--stages", "shadow:1s", "--service", "helpline")

    assert [str(each) for each in result.lost] == ["provider vendor"]
    assert (result.cause, result.scenario and result.scenario.day) == ("by-and-by on day 31", 31.0)
    [line] = result.lines
    assert (line.before.provider, line.after.provider) == ("vendor", "cloud")  # which is back
    on = ("--home", world.node.home, "drill", "plan", file, "--day")
    assert "what is gone on day 30 of" in " ".join(corridor_here(*on, "30").stdout.split())
    nothing = corridor_here(*on, "9")
    assert nothing.returncode > 0
    assert "it begins on day 0, 30" in nothing.stderr


def test_requests_come_back_by_and_by_and_nothing_flaps(world: World) -> None:
    with Callers(world.node.address, world.secret, ("en-Latn",) * 4).calling() as callers:
        until(lambda: callers.sent > 4)
        result = world.held("full:2s")
        sent = callers.answered.copy()
        until(lambda: callers.answered["vendor"] > sent["vendor"] + 40)
        after = callers.answered - sent

    assert callers.failed == []
    assert set(after) == {"vendor"}
    assert result.setbacks == 0
    assert result.recovered_seconds is not None
    assert result.returned_at is not None
    assert result.restored_at < result.returned_at
    with world.node.runtime.store.view() as view:
        mine = [e for e in view.own(Suspension) if e.drill_id == result.drill_id and not e.key_ids]
    shares = [1.0 if each.share is None else each.share for each in mine]
    assert shares == [1.0, 0.75, 0.5, 0.25]
    assert all(a.made_at < b.made_at for a, b in pairwise(mine))


def test_an_abort_while_requests_come_back_opens_everything_within_a_second(
    world: World,
) -> None:
    with beside(lambda: world.held("full:1s", settings={"return_seconds": 120.0})) as drill:
        until(lambda: world.stage() == "returning")
        until(lambda: {world.asked() for _ in range(9)} == {"vendor", "cloud"})
        with world.node.runtime.store.transaction("test") as tx:
            world.rehearsals.abort(tx, "seen enough")
        with own_time() as spent:
            until(lambda: {world.asked() for _ in range(9)} == {"vendor"})
        assert spent.seconds < 1
        assert drill.result(60).how == "aborted"


def test_what_may_be_lost_is_taken_only_where_that_is_wanted(world: World) -> None:
    half = Scenario(
        name="clouds-lost",
        title="Half of all inference is lost somewhere",
        disruptions=({"kind": "input", "inputs": ["hosted-inference"], "part": 50},),
    )
    ended = world.held("shadow:1s", Loss(scenario=half, worse=True))
    assert ended.scenario is not None
    assert ended.scenario.worse
    assert {each.part for each in ended.lost} == {0.5}


def test_a_supplier_that_comes_back_broken_costs_no_caller_an_answer(world: World) -> None:
    with Callers(world.node.address, world.secret, ("en-Latn",) * 2).calling() as callers:
        until(lambda: callers.sent > 4)
        with beside(lambda: world.held("full:1s", settings={"return_seconds": 2.0})) as drill:
            until(lambda: world.stage() == "returning")
            world.vendor.next(*("500",) * 8)
            result = drill.result(60)

    assert callers.failed == []
    assert result.how == "finished"
    assert result.recovered_seconds is not None


def test_a_whole_scenario_is_rehearsed_over_http_and_handed_over_by_the_command(
    world: World, tmp_path: Path
) -> None:
    file, wanted = tmp_path / "mine.yaml", safe_load(A_PART)
    file.write_text(A_PART)
    with httpx2.Client(
        base_url=world.node.address, headers=world.node.operator, trust_env=False, timeout=60
    ) as web:
        for body in ({"scenario": wanted, "withdraw": "vendor"}, {"stages": "shadow:1s"}):
            assert web.post("/drills/runs", json=body).status_code == 422
        assert web.post("/drills/runs", json={"scenario": "../mine"}).status_code == 404
        body = {"scenario": wanted, "stages": "shadow:1s", "service": "helpline"}
        begun = [web.post("/drills/runs", json=body).json()["drill"]]
        until(lambda: web.get(f"/drills/runs/{begun[0]['id']}").json()["result"] is not None)
    words = ("--home", world.node.home, "drill", "run", file, "--service", "helpline")
    handed: list[Ended] = []

    def is_handed_over() -> bool:
        """The thread of the first may need a moment to end."""
        handed.append(corridor_here(*words, "--stages", "shadow:1s", "--detach", "--json"))
        return handed[-1].returncode == 0

    until(is_handed_over)
    begun.append(json.loads(handed[-1].stdout)["drill"])
    until(world.nothing_is_left)

    for drill in begun:
        assert drill["scenario"]["name"] == "vendor-throttled"
        assert (drill["lost"][0]["name"], drill["parts"]) == ("vendor", [0.3])
