"""Drills on a served node with live requests: stages, limits, aborts, and drills that die."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from support.nodes import bearer
from support.partners import until
from support.patient import own_time
from support.programs import Callers, a_program
from support.stages import store_gone
from support.worlds import World, a_world, beside

from corridor.drills import DrillStarted
from corridor.drills.errors import DrillRuns, IncidentRuns, TouchesTooMuch
from corridor.drills.rules.turns import ALL
from corridor.drills.service.holding import Halt


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        yield a_world(stack, tmp_path_factory.mktemp("drills"))


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    shared.vendor.mode = shared.other.mode = "answer"
    until(lambda: shared.asked() == "vendor")
    yield shared
    assert shared.nothing_is_left()


def test_in_its_shadow_probes_meet_the_loss_and_nobody_else_does(world: World) -> None:
    with Callers(world.node.address, world.secret, ("en-Latn",) * 2).calling() as callers:
        until(lambda: callers.sent > 4)
        result = world.held("shadow:2s")

    assert callers.failed == []
    assert set(callers.answered) == {"vendor"}
    [line] = result.lines
    assert (line.before.provider, line.after.provider) == ("vendor", "other")
    assert (result.how, [stage.kind for stage in result.stages]) == ("finished", ["shadow"])


def test_stage_by_stage_more_requests_move_and_none_fails(world: World) -> None:
    with Callers(world.node.address, world.secret, ("en-Latn",) * 4).calling() as callers:
        until(lambda: callers.sent > 4)
        result = world.held("shadow:1s,canary:3s@50%,full:4s")
        until(lambda: world.asked() == "vendor")

    _, canary, full = (each.timestamp() for each in result.entered_at)
    assert asked_between(world, canary, full) == {"vendor", "other"}
    heard = full + 2.0  # the gateway has long heard of it by then
    assert asked_between(world, heard, result.restored_at.timestamp()) == {"other"}
    assert callers.failed == []
    assert set(callers.answered) == {"vendor", "other"}
    assert result.requests.failed == 0
    assert result.requests.moved > 0
    assert result.lines[0].switch_seconds is not None
    assert world.ended()[-1].how == "finished"
    live = result.live
    assert live is not None
    assert (live.failed, live.degraded, live.unmeasured) == (0, 0, 0)  # both answer by one model
    assert live.served > 0
    assert live.moved > 0
    assert result.requests.sent > live.sent
    assert result.detect_seconds is not None
    assert result.withdrawn_at == result.entered_at[0]


def asked_between(world: World, start: float, end: float) -> set[str | None]:
    """Return from the account who answered callers, of what they asked in a span of time."""
    return {
        line.provider
        for line in world.node.traffic()
        if line.caller != "drill" and start <= line.at - line.seconds < end
    }


def test_where_callers_ask_often_they_show_the_switch_before_any_probe_meets_the_loss(
    world: World,
) -> None:
    settings = {"callers_first_seconds": 0.5}
    with Callers(world.node.address, world.secret, ("en-Latn",) * 2).calling() as callers:
        until(lambda: callers.sent > 10)
        result = world.held("full:4s", settings=settings)

    withdrawn = result.withdrawn_at.timestamp()
    began = [
        line.at - line.seconds - withdrawn
        for line in world.node.traffic()
        if line.caller == "drill"
    ]
    assert min(at for at in began if at >= 0) > 0.4  # the account rounds
    assert result.lines[0].switch_seconds is not None
    assert result.lines[0].after.provider == "other"


def test_a_drill_of_all_items_lasts_until_the_same_were_asked_before_and_in_the_loss(
    world: World,
) -> None:
    result = world.held("full:1s", items=ALL)

    [line] = result.lines
    assert line.measured is not None
    assert (line.measured.before_asked, line.measured.after_asked) == (48, 48)
    with world.node.runtime.store.view() as view:
        started = list(view.own(DrillStarted))[-1]
    assert (started.items, started.extra_seconds) == (48, 300.0)
    assert result.how == "finished"


def test_a_drill_that_waits_for_items_is_aborted_at_once_and_waits_no_longer_than_stated(
    world: World,
) -> None:
    asks_once = {"probe_pause_seconds": 60.0}
    with beside(lambda: world.held("full:1s", items=ALL, settings=asks_once)) as drill:
        until(lambda: world.stage() == "before")
        with world.node.runtime.store.transaction("test") as tx:
            world.rehearsals.abort(tx, "enough")
        assert drill.result(60).how == "aborted"
    settings = {**asks_once, "items_seconds": 0.5, "recovery_seconds": 0.1}
    result = world.held("full:1s", items=ALL, settings=settings)
    assert (result.how, result.lines[0].measured) == ("finished", None)


def test_an_abort_opens_everything_within_a_second_in_every_stage(world: World) -> None:
    for stage, text in {
        "shadow": "shadow:60s",
        "canary": "canary:60s@90%",
        "full": "full:60s",
    }.items():
        with beside(lambda text=text: world.held(text)) as drill:
            until(lambda stage=stage: world.stage() == stage)
            if stage == "full":
                until(lambda: world.asked() == "other")
            with world.node.runtime.store.transaction("test") as tx:
                world.rehearsals.abort(tx, "callers complain")
            with own_time() as spent:
                until(lambda: {world.asked() for _ in range(3)} == {"vendor"})
            assert spent.seconds < 1
            result = drill.result(60)
        assert (result.how, result.why) == ("aborted", "callers complain")


def test_a_drill_ends_by_itself_when_live_requests_fail(world: World) -> None:
    world.other.mode = "500"
    with Callers(world.node.address, world.secret, ("en-Latn",) * 4).calling() as callers:
        until(lambda: callers.sent > 20)
        result = world.held("full:60s")
        world.other.mode = "answer"
        ended = callers.sent
        until(lambda: callers.sent > ended + 5)

    assert result.how == "tripped"
    assert "more of live requests fail" in result.why
    assert (result.restored_at - result.withdrawn_at).total_seconds() < 30


def test_one_drill_runs_at_a_time_and_none_during_an_incident(world: World) -> None:
    with beside(lambda: world.held("shadow:60s")):
        until(lambda: world.stage() == "shadow")
        with pytest.raises(DrillRuns) as refusal:
            world.held("shadow:1s")
        assert "abort" in str(refusal.value.hint)
        suspension = world.node.suspend("jp-inc")  # an incident begins
    assert world.ended()[-1].how == "tripped"
    assert "jp-inc" in world.ended()[-1].why
    with pytest.raises(IncidentRuns):
        world.held("shadow:1s")
    world.node.lift(suspension)


def test_a_drill_whose_process_is_killed_falls_away_and_its_end_is_written_down(
    world: World, tmp_path: Path
) -> None:
    home, ended = world.node.home, len(world.ended())
    words = ("--home", home, "drill", "run", "--withdraw", "vendor", "--for", "120s")
    with a_program(tmp_path / "drill.log", *words) as program:
        until(lambda: world.stage() == "full" or not program.runs)
        assert program.runs, program.said()
        until(lambda: world.asked() == "other")
        os.kill(program.process.pid, signal.SIGKILL)
    # The next one waits until it is certain that this one died; it is held then.
    assert world.held("full:1s").how == "finished"

    assert [each.how for each in world.ended()[ended:]] == ["lapsed", "finished"]
    until(lambda: world.asked() == "vendor")


def test_a_drill_that_is_interrupted_restores_and_says_so(world: World, tmp_path: Path) -> None:
    words = ("--home", world.node.home, "drill", "run", "--withdraw", "vendor", "--for", "120s")
    with a_program(tmp_path / "drill.log", *words) as program:
        until(lambda: world.stage() == "full" or not program.runs)
        program.interrupt()

    until(lambda: world.stage() == "")
    assert (world.ended()[-1].how, world.ended()[-1].why) == ("aborted", "interrupted")


def test_while_the_store_is_gone_what_a_drill_suspended_falls_away(world: World) -> None:
    halt = Halt()
    with beside(lambda: world.held("full:120s", halt=halt)):
        until(lambda: world.stage() == "full")
        until(lambda: world.asked() == "other")
        with store_gone(world.node):
            until(lambda: world.asked() == "vendor")
            until(halt.event.is_set)  # the drill gives up too

    assert world.ended()[-1].how == "lapsed"


def test_what_a_drill_shows_is_seen_over_http_until_it_is_over(world: World) -> None:
    token, address = world.node.runtime.operator_token, world.node.address
    with (
        beside(lambda: world.held("shadow:60s")) as drill,
        httpx2.Client(base_url=address, headers=bearer(token), trust_env=False) as web,
    ):
        until(lambda: world.stage() == "shadow")
        assert web.get("/drills/live", headers=bearer("nobody")).status_code in (401, 403)
        now = web.get("/drills/live").json()
        assert (now["stage"], now["lost"]) == ("shadow", ["supplier vendor"])
        assert now["services"][0]["language"] == "en-Latn"

        def providers() -> dict[str, dict[str, object]]:
            shown = web.get("/drills/live").json()["providers"]
            return {each["provider"]: each for each in shown}

        pid = str(os.getpid())
        until(lambda: providers()["vendor"]["circuits"] == {pid: "closed"})
        assert [providers()[name]["lost"] for name in ("vendor", "other")] == [True, False]
        assert web.get("/drills/live").json()["services"][0]["order"] == ["vendor", "other"]
        assert "text/html" in web.get("/drills/watch").headers["content-type"]
        events: list[str] = []
        with web.stream("GET", "/drills/live/events", timeout=60) as stream:
            for line in stream.iter_lines():
                events += [line] if line else []
                if len(events) == 3:
                    why = {"reason": "seen enough"}
                    assert web.post("/drills/live/abort", json=why).status_code == 200
        assert json.loads(events[0].removeprefix("data: "))["drill"] == now["drill"]
        assert events[-2:] == ["event: over", "data: {}"]
        assert drill.result(60).why == "seen enough"
        assert web.get("/drills/live").status_code == 404


def test_a_critical_service_is_only_ever_shadowed_and_a_ceiling_is_kept_to(tmp_path: Path) -> None:
    with ExitStack() as stack:
        world = a_world(stack, tmp_path, critical=["helpline"], ceiling=0.2)
        with Callers(world.node.address, world.secret).calling() as callers:
            until(lambda: callers.sent > 4)
            result = world.held("full:2s")
        assert set(callers.answered) == {"vendor"}
        assert result.lines[0].after.provider == "other"
        with world.node.runtime.store.view() as view:
            [started] = view.own(DrillStarted)
        assert (started.shadowed, started.touched) == (("helpline",), 0.0)

        world.node.offer("tutor", ["vendor", "other"])
        until(lambda: world.asked("tutor") == "vendor")  # its new route has come
        until(lambda: len(world.node.traffic()) >= callers.sent)
        others = len(world.node.traffic()) // 2  # however fast the machine is, tutor gets a third
        for _ in range(others):
            assert world.asked("tutor") == "vendor"
        until(lambda: sum(each.target == "tutor" for each in world.node.traffic()) > others)
        with pytest.raises(TouchesTooMuch):
            world.held("full:2s")
        assert world.held("canary:1s@10%").how == "finished"
