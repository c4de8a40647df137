"""How long callers are answered while the store is gone."""

from pathlib import Path

from support.partners import until
from support.stages import a_stage, store_gone

from corridor.gateway import Freshness


def test_what_is_known_is_good_for_so_long_by_a_clock_that_does_not_jump() -> None:
    moment = [100.0]
    freshness = Freshness(60.0, now=lambda: moment[0])
    assert freshness.age() is None
    freshness.seen(100.0)

    moment[0] = 160.0
    assert not freshness.is_too_old()
    assert freshness.age() == 60.0
    moment[0] = 160.1
    assert freshness.is_too_old()


def test_while_the_store_is_gone_callers_are_answered_for_a_stated_time_and_then_told_why(
    tmp_path: Path,
) -> None:
    with a_stage(tmp_path, gateway={"snapshot_seconds": 4.0}) as stage:
        assert stage.ask().status == 200
        with store_gone(stage.node):
            assert stage.ask().status == 200
            until(lambda: stage.ask().status == 503)
            assert "snapshot_too_old" in stage.ask().text
        until(lambda: stage.ask().status == 200)
