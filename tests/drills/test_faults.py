"""What goes wrong while a drill runs: each ends restored, and its record says what was so."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import opening
from support.clocks import JumpingClock
from support.nodes import a_node
from support.partners import introduce, until
from support.programs import Callers, a_node_process, a_program
from support.quiz import an_evaluation
from support.upstream import a_fake_upstream
from support.worlds import QUICK, World, a_world, beside

from corridor.drills import DrillResult
from corridor.drills.records import Tripwire
from corridor.drills.rules.figures import UNKNOWN
from corridor.evaluation import Evaluation, Evaluator
from corridor.gateway import Gateway

HOURS = 5 * 3600.0
VENDORS, OTHERS = "a1" * 32, "b2" * 32
NEVER = Tripwire(failed=1.0, slower=1e6)
"""It ends no drill."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        folder, clock = tmp_path_factory.mktemp("faults"), JumpingClock()
        yield a_world(stack, folder, vendors=VENDORS, others=OTHERS, clock=clock)


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    shared.vendor.mode = shared.other.mode = "answer"
    until(lambda: shared.asked() == "vendor")
    yield shared
    assert shared.nothing_is_left()


def published(world: World, correct: int, digest: str) -> Evaluation:
    with world.node.runtime.store.transaction("test") as tx:
        evidence = an_evaluation(correct, sha256=digest, made_at=world.node.clock())
        return world.node.runtime.service(Evaluator).publish(tx, evidence)


@pytest.mark.parametrize("seconds", [HOURS, -HOURS])
def test_a_clock_that_jumps_changes_no_stage_and_no_figure(world: World, seconds: float) -> None:
    clock = world.node.clock
    assert isinstance(clock, JumpingClock)
    with Callers(world.node.address, world.secret, ("en-Latn",) * 2).calling() as callers:
        until(lambda: callers.sent > 4)
        with beside(lambda: world.held("canary:2s@50%,full:3s", tripwire=NEVER)) as drill:
            until(lambda: world.stage() == "canary")
            clock.jump(seconds)
            sent = callers.sent
            until(lambda: world.stage() == "full")
            until(lambda: world.asked() == "other")
            clock.jump(-seconds / 2)
            before = callers.answered["other"]
            until(lambda: callers.answered["other"] > before + 5)
            sent = callers.sent - sent
            result = drill.result(60)
    clock.jump(-seconds / 2)

    assert callers.failed == []
    assert (result.how, result.why) == ("finished", "")
    assert 5.0 <= (result.restored_at - result.withdrawn_at).total_seconds() < 30
    assert 5.0 < (result.ended_at - result.started_at).total_seconds() < 60
    [line] = result.lines
    assert (line.before.provider, line.after.provider) == ("vendor", "other")
    assert line.switch_seconds is not None
    assert 0 < line.switch_seconds < 10
    assert result.recovered_seconds is not None
    assert result.requests.moved > before / 2
    assert result.requests.sent >= sent  # those between the jumps are there, once
    assert result.requests.sent <= callers.sent + result.probes
    assert result.requests.failed == 0


def test_a_suspension_that_an_operator_lifts_half_way_ends_the_drill_which_says_so(
    world: World,
) -> None:
    gateway, store = world.node.runtime.service(Gateway), world.node.runtime.store
    with beside(lambda: world.held("full:60s", tripwire=NEVER)) as drill:
        until(lambda: world.stage() == "full")
        until(lambda: world.asked() == "other")
        with store.transaction("test") as tx:
            for each in gateway.suspensions(tx):
                gateway.lift(tx, each, "it is needed")
        until(lambda: world.asked() == "vendor")
        result = drill.result(60)

    assert (result.how, result.why) == ("aborted", "what it suspended was opened again by hand")
    assert (result.restored_at - result.withdrawn_at).total_seconds() < 30
    assert result.lines[0].after.provider == "other"


def test_a_supplier_that_is_lost_in_earnest_too_is_not_asked_and_its_recovery_is_not_made_up(
    world: World,
) -> None:
    with beside(lambda: world.held("full:2s", tripwire=NEVER)) as drill:
        until(lambda: world.stage() == "full")
        until(lambda: world.asked() == "other")
        world.vendor.mode = "500"
        asked = world.vendor.asked
        until(lambda: world.asked() == "other")
        assert world.vendor.asked == asked
        until(lambda: world.stage() == "after")
        until(lambda: world.vendor.asked > asked)  # it is open again, and fails
        world.vendor.mode = "answer"
        result = drill.result(60)

    assert result.how == "finished"
    assert result.lines[0].after.provider == "other"
    assert result.recovered_seconds is not None
    assert result.recovered_seconds > 0


def test_a_fallback_that_comes_and_goes_is_counted_as_failed_while_it_is_gone(
    world: World,
) -> None:
    with Callers(world.node.address, world.secret).calling() as callers:
        until(lambda: callers.sent > 4)
        with beside(lambda: world.held("full:120s", tripwire=NEVER)) as drill:
            until(lambda: world.stage() == "full")
            until(lambda: callers.answered["other"] > 2)
            world.other.mode = "500"
            until(lambda: len(callers.failed) > 5)
            world.other.mode = "answer"
            answered = callers.answered["other"]
            until(lambda: callers.answered["other"] > answered + 2)
            with world.node.runtime.store.transaction("test") as tx:
                world.rehearsals.abort(tx, "seen enough")
            result = drill.result(60)

    assert (result.how, result.why) == ("aborted", "seen enough")
    assert result.requests.failed >= 5
    assert result.requests.moved >= 5
    assert result.requests.sent == (
        result.requests.served + result.requests.moved + result.requests.failed
    )


def test_evidence_that_is_withdrawn_half_way_is_not_what_the_result_rests_on(world: World) -> None:
    older = published(world, 24, VENDORS)
    newer, _ = published(world, 40, VENDORS), published(world, 12, OTHERS)
    with world.node.runtime.store.view() as view:
        others = [each for each in view.own(Evaluation) if each.model_sha256 == OTHERS]
    traffic = world.node.traffic

    def drilled(*withdrawn: Evaluation) -> DrillResult:
        with beside(lambda: world.held("full:3s", tripwire=NEVER)) as drill:
            until(lambda: world.stage() in ("full", "after"))
            begun = time.time()
            if withdrawn == tuple(others):  # nobody may ask it any more without: it answers first
                until(lambda: any(one.at > begun and one.provider == "other" for one in traffic()))
            with world.node.runtime.store.transaction("test") as tx:
                for each in withdrawn:
                    tx.withdraw(str(each.id), "it was measured on another file")
            return drill.result(60)

    [line] = drilled(newer).lines
    assert line.before.source is not None
    assert line.before.source.record_id == older.id
    assert line.continuity.value == pytest.approx(0.5)

    [line] = drilled(*others).lines
    assert line.after.provider == "other"
    assert (line.after.source, line.after.figure, line.continuity) == (None, UNKNOWN, UNKNOWN)

    published(world, 12, OTHERS)  # without any, nothing is foretold, and no drill begins
    [line] = drilled(older).lines
    assert line.before.source is None or line.before.source.record_id != older.id


def test_a_partner_that_is_the_fallback_and_dies_half_way_ends_the_drill_by_its_limits(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        vendor, far = (stack.enter_context(a_fake_upstream(name)) for name in ("vendor", "far"))
        jp = stack.enter_context(a_node(tmp_path, "jp"))
        own = jp.add_provider("own-small", far.url, sha256=OTHERS)
        jp.offer("small-of-jp", [own.name])
        with jp.runtime.store.transaction("test") as tx:
            opening.vouch_for(jp.runtime, tx, own, 0)
        node = stack.enter_context(a_node(tmp_path, "in", drills=QUICK))
        node.add_provider("vendor", vendor.url, sha256=VENDORS)
        node.add_provider(
            "partner",
            f"{jp.address}/v1",
            supplier="jp-inc",
            model="other",
            sha256=OTHERS,
            credential="node:jp",
            served="small-of-jp",
        )
        node.offer("helpline", ["vendor", "partner"])
        node.open_to_drills()
        introduce(jp.runtime, node.runtime)
        introduce(node.runtime, jp.runtime)
        world = World(node, vendor, far, node.issue_key("*"))
        jp.listener.close()  # its own process takes the port
        partner = stack.enter_context(a_node_process(jp.home, jp.address))
        node.start()
        for model in ("vendor", "partner"):
            until(lambda model=model: world.asked(model) == model)
        with Callers(node.address, world.secret, ("en-Latn",) * 2).calling() as callers:
            until(lambda: callers.sent > 20)
            wire = Tripwire(
                slower=1e6
            )  # two nodes are slower than one, however busy the machine is
            with beside(lambda: world.held("full:60s", tripwire=wire)) as drill:
                until(lambda: world.stage() == "full")
                until(lambda: callers.answered["partner"] > 20)
                partner.kill()
                result = drill.result(60)
            until(lambda: world.asked() == "vendor")

        assert result.how == "tripped"
        assert "more of live requests fail" in result.why
        assert result.requests.failed > 0
        assert result.requests.moved > 20
        assert world.nothing_is_left()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[World]:
    """A folder that another process is to serve, with a vendor and a fallback behind it."""
    with (
        a_fake_upstream("vendor") as vendor,
        a_fake_upstream("other") as other,
        a_node(tmp_path, "in", drills={**QUICK, "recovery_seconds": 1.0}) as node,
    ):
        node.add_provider("vendor", vendor.url, sha256=VENDORS)
        node.add_provider("other", other.url, supplier="jp-inc", model="other", sha256=OTHERS)
        node.offer("helpline", ["vendor", "other"])
        node.open_to_drills()
        node.listener.close()
        yield World(node, vendor, other, node.issue_key("*"))


def test_a_node_that_dies_in_the_middle_ends_the_drill_and_its_silence_is_nobodys_failure(
    served: World, tmp_path: Path
) -> None:
    world, node = served, served.node
    words = ("--home", node.home, "drill", "run", "--withdraw", "vendor", "--for", "120s")
    with (
        a_node_process(node.home, node.address) as process,
        a_program(tmp_path / "drill.log", *words) as drill,
    ):
        until(lambda: world.moved() > 0 or not drill.runs)
        assert drill.runs, drill.said()
        os.kill(process.process.pid, signal.SIGKILL)
        assert drill.process.wait(60) == 0, drill.said()

    [ended] = world.ended()
    assert ended.how == "lapsed"
    assert "do not come to the gateway" in ended.why
    with node.runtime.store.view() as view:
        [result] = view.own(DrillResult)
        assert node.runtime.service(Gateway).suspensions(view) == []
    assert (result.how, result.recovered_seconds) == ("lapsed", None)
    assert result.lines[0].after.provider == "other"
    assert result.requests.failed == 0
    with a_node_process(node.home, node.address):
        until(lambda: world.asked() == "vendor")
