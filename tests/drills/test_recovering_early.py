"""Who comes back by itself while a drill runs, or was gone before it: the record says who answered, and makes no loss up."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from support.partners import until
from support.programs import corridor_here
from support.worlds import World, a_world_of_three, beside

from corridor.drills.errors import IncidentRuns
from corridor.drills.records import DrillResult, Prediction, Tripwire
from corridor.drills.rules.contradictions import contradicted
from corridor.gateway import Extent, Gateway, Target

NEVER = Tripwire(failed=1.0, slower=1e6)
"""It ends no drill."""
EVIDENCE = {"vendor": 36, "cloud": 30, "other": 24}
"""How many of 48 each answered rightly."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        yield a_world_of_three(stack, tmp_path_factory.mktemp("early"))


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    for upstream in (shared.vendor, shared.cloud, shared.other):
        assert upstream is not None
        upstream.mode = "answer"
    until(lambda: shared.asked() == "vendor")
    yield shared
    assert shared.nothing_is_left()


def foretold(world: World, result: DrillResult) -> Prediction:
    assert result.prediction_id is not None
    with world.node.runtime.store.view() as view:
        return view.find(Prediction, result.prediction_id).record


def test_a_supplier_that_fails_before_the_drill_and_recovers_in_it_is_no_loss_that_was_met(
    world: World, tmp_path: Path
) -> None:
    world.vendor.mode = "500"
    until(lambda: world.asked() == "cloud")
    with beside(lambda: world.held("full:600s", tripwire=NEVER)) as drill:
        until(lambda: world.stage() == "full")
        world.vendor.mode = "answer"  # nobody asks it: it is suspended
        told = world.shown()["services"]
        until(lambda: world.shown()["services"] != told)
        assert world.asked() == "cloud"
        with world.node.runtime.store.transaction("test") as tx:
            world.rehearsals.abort(tx, "seen enough")
        result = drill.result(60)

    lines = {line.service: line for line in result.lines}
    helpline = lines["helpline"]
    assert (helpline.before.provider, helpline.after.provider) == ("cloud", "cloud")
    assert helpline.was_lost is False
    assert helpline.switch_seconds is None  # nothing had to
    assert helpline.continuity.value == pytest.approx(1.0)
    assert (result.how, result.switch_seconds, result.recovered_seconds) == ("aborted", None, None)
    assert {line.service for line in result.unmet} == {"helpline", "desk"}
    found = contradicted(foretold(world, result), result)
    assert all(each.why.endswith("what was lost had not answered before") for each in found)

    done = corridor_here(
        "--home", world.node.home, "drill", "report", result.id, "--report", tmp_path
    )
    said = " ".join(done.stdout.split())
    assert "helpline in en-Latn: cloud answered before, which was not lost" in said
    assert "no need to switch" in said
    page = (tmp_path / "report.html").read_text()
    assert "cloud answered before, which was not lost" in page
    assert "no need" in page


def test_a_fallback_that_fails_before_the_drill_and_recovers_in_it_has_its_share_of_what_continued(
    world: World,
) -> None:
    cloud = world.cloud
    assert cloud is not None
    cloud.mode = "500"
    with beside(lambda: world.held("full:600s", tripwire=NEVER)) as drill:
        until(lambda: world.stage() == "full")
        until(lambda: world.asked() == "other")  # the cloud fails, so the last one answers
        until(lambda: world.moved() > 10)  # probes of all services, in turn
        cloud.mode = "answer"
        until(lambda: world.asked() == "cloud")
        moved = world.moved()
        until(lambda: world.moved() > moved + 10)
        with world.node.runtime.store.transaction("test") as tx:
            world.rehearsals.abort(tx, "seen enough")
        result = drill.result(60)

    lines = {line.service: line for line in result.lines}
    helpline, desk = lines["helpline"], lines["desk"]
    assert (helpline.before.provider, helpline.was_lost) == ("vendor", True)
    assert helpline.continuity.value is not None
    low, high = (EVIDENCE[name] / EVIDENCE["vendor"] for name in ("other", "cloud"))
    assert low < helpline.continuity.value < high  # each by its share, not one for all
    assert desk.continuity.value == pytest.approx(low)
    assert result.requests.failed == 0
    assert helpline.switch_seconds is not None


def test_a_real_suspension_of_what_a_drill_would_take_keeps_it_from_beginning_until_it_is_lifted(
    world: World,
) -> None:
    gateway, store = world.node.runtime.service(Gateway), world.node.runtime.store
    vendor = Target(kind="supplier", name="vendor")
    part = Extent(services=["tutor"])  # of which nothing here is asked
    with store.transaction("test") as tx:
        real = gateway.suspend(tx, vendor, timedelta(hours=1), "in earnest", part)
    with pytest.raises(IncidentRuns):
        world.held("shadow:1s")
    with store.transaction("test") as tx:
        gateway.lift(tx, real, "it is back")
    assert world.held("shadow:1s").how == "finished"


def test_a_real_suspension_that_begins_and_is_lifted_within_a_drill_ends_it_and_outlives_it_not(
    world: World,
) -> None:
    gateway, store = world.node.runtime.service(Gateway), world.node.runtime.store
    vendor = Target(kind="supplier", name="vendor")
    soon = {"recovery_seconds": 0.1}
    with beside(lambda: world.held("full:600s", settings=soon, tripwire=NEVER)) as drill:
        until(lambda: world.stage() == "full")
        with store.transaction("test") as tx:
            real = gateway.suspend(tx, vendor, timedelta(hours=1), "in earnest")
        result = drill.result(60)
    assert (result.how, result.why) == ("tripped", "an incident: supplier vendor is suspended")
    assert result.recovered_seconds is None  # it is still gone, and nothing else is said
    with store.view() as view:
        assert [each.id for each in gateway.suspensions(view)] == [real.id]
    with store.transaction("test") as tx:
        gateway.lift(tx, real, "it is back")
    until(lambda: world.asked() == "vendor")
