"""Losses in earnest on a served node: foretold at once, measured when they are over, and no drill."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from support.nodes import bearer
from support.partners import until
from support.programs import Callers
from support.quiz import an_evaluation
from support.worlds import World, a_world, beside
from typer.testing import CliRunner

from corridor.drills import IncidentEnded, IncidentOpened, Losing
from corridor.drills.commands import commands
from corridor.evaluation import Evaluator

VENDORS, OTHERS = "a1" * 32, "b2" * 32


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        world = a_world(stack, tmp_path, vendors=VENDORS, others=OTHERS)
        with world.node.runtime.store.transaction("test") as tx:
            for correct, digest in ((40, VENDORS), (10, OTHERS)):
                evidence = an_evaluation(correct, sha256=digest, made_at=world.node.clock())
                world.node.runtime.service(Evaluator).publish(tx, evidence)
        until(lambda: world.asked() == "vendor")
        yield world


def opened(world: World) -> list[tuple[IncidentOpened, IncidentEnded | None]]:
    with world.node.runtime.store.view() as view:
        return world.node.runtime.service(Losing).incidents(view)


def test_what_a_suspension_will_leave_is_told_at_once_and_measured_when_it_is_over(
    world: World,
) -> None:
    with Callers(world.node.address, world.secret).calling() as callers:
        until(lambda: callers.sent > 10)
        before = callers.answered["vendor"]
        suspension = world.node.suspend("vendor")
        until(lambda: len(opened(world)) == 1)
        # The vendor may have answered a few more before the gateway heard of it.
        until(lambda: callers.answered["other"] > 40 + 4 * (callers.answered["vendor"] - before))
        world.node.account(callers.sent)
        world.node.lift(suspension)
        until(lambda: opened(world)[0][1] is not None)

    [(began, ended)] = opened(world)
    assert ended is not None
    [foretold] = began.lines
    assert (foretold.service, foretold.language) == ("helpline", "en-Latn")
    assert foretold.continuity.value == pytest.approx(0.25)
    assert began.providers == ("vendor",)
    [line] = ended.lines
    assert line.measured.value is not None
    assert 0.25 - 1e-9 <= line.measured.value < 0.5
    assert line.requests.failed == 0
    assert line.requests.moved > 0

    shown = CliRunner(env={"COLUMNS": "200"}).invoke(
        commands, ["incidents"], obj=world.node.runtime
    )
    assert "0.25" in shown.stdout
    assert "lasts" not in shown.stdout
    token = bearer(world.node.runtime.operator_token)
    address = f"{world.node.address}/drills/incidents"
    [told] = httpx2.get(address, headers=token, trust_env=False).json()
    assert told["ended"]["lines"][0]["measured"]["value"] == pytest.approx(line.measured.value)
    assert httpx2.get(address, trust_env=False).status_code in (401, 403)


def test_what_contradicts_what_was_foretold_is_raised(world: World) -> None:
    with Callers(world.node.address, world.secret).calling() as callers:
        until(lambda: callers.sent > 10)
        world.other.mode = "500"  # it was thought to take over
        before = callers.answered["vendor"]
        suspension = world.node.suspend("vendor")
        until(lambda: len(opened(world)) == 1)
        # The vendor may have answered a few more before the gateway heard of it.
        until(lambda: len(callers.failed) > 40 + 10 * (callers.answered["vendor"] - before))
        enough = len(callers.failed) - 5
        until(lambda: sum(e.outcome == "failed" for e in world.node.traffic()) > enough)
        world.node.lift(suspension)
        until(lambda: opened(world)[0][1] is not None)

    [(_, ended)] = opened(world)
    assert ended is not None
    assert (ended.lines[0].measured.value or 0.0) < 0.14
    assert ended.lines[0].contradicts


def test_a_provider_that_says_no_is_an_incident_and_a_drill_is_none(world: World) -> None:
    with beside(lambda: world.held("shadow:1s")):
        until(lambda: world.stage() == "shadow")
    assert opened(world) == []

    world.vendor.mode = "403"
    until(lambda: world.asked() == "other")
    until(lambda: len(opened(world)) == 1)
    assert "said no" in opened(world)[0][0].cause
    assert opened(world)[0][0].lines[0].continuity.value == pytest.approx(0.25)


def test_a_loss_of_what_nothing_rests_on_says_so(world: World) -> None:
    world.node.add_provider("idle", "http://127.0.0.1:9/v1", supplier="idle-inc", model="idle")
    world.node.suspend("idle-inc")
    until(lambda: len(opened(world)) == 1)

    assert opened(world)[0][0].lines == ()
    assert opened(world)[0][0].note
