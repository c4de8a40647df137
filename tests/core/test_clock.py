"""Clocks: one that goes on evenly whatever the clock on the wall does."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.clocks import StoppedClock

from corridor.core.clock import Steady

seconds = st.floats(-20_000, 20_000)


class Wall:
    """A clock on the wall, the true time beside it, and a clock that is to be steady."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.clock = StoppedClock()
        self.steady = Steady(self.clock, lambda: self.passed)

    def wait(self, seconds: float) -> None:
        self.passed += seconds
        self.clock.advance(seconds)


def test_it_goes_on_as_it_began_however_the_other_one_is_put() -> None:
    wall = Wall()
    for jump in (7200.0, -9000.0):
        wall.wait(10)
        wall.clock.advance(jump)

    assert wall.steady() == NOON + timedelta(seconds=20)


def test_a_look_tells_a_jump_once_and_takes_what_clocks_drift_for_none() -> None:
    wall = Wall()
    wall.wait(10)
    wall.clock.advance(0.3)
    assert wall.steady.look() == 0.0
    wall.clock.advance(3600)
    assert wall.steady.look() == pytest.approx(3600.3)
    assert wall.steady.look() == 0.0
    wall.clock.advance(-3600)
    assert wall.steady.look() == pytest.approx(-3600)


@given(st.lists(st.tuples(st.floats(1, 100), seconds), max_size=4))
def test_a_moment_that_the_other_one_told_just_now_is_told_as_its_own(
    jumps: list[tuple[float, float]],
) -> None:
    wall = Wall()
    for waited, jump in jumps:
        wall.wait(waited)
        wall.clock.advance(jump)
        wall.steady.look()

    told = wall.steady.told(wall.clock().timestamp())
    assert told == pytest.approx(wall.steady().timestamp(), abs=0.51)


def test_its_stretches_are_those_of_the_other_one_and_lie_side_by_side() -> None:
    wall = Wall()
    began = wall.steady()
    for jump in (7200.0, -9000.0):
        wall.wait(10)
        wall.clock.advance(jump)
        wall.steady.look()
    wall.wait(10)

    found = wall.steady.stretches(began, wall.steady())

    shown = [((one - NOON).total_seconds(), (two - NOON).total_seconds()) for one, two, _ in found]
    assert shown == [(0, 10), (7210, 7220), (-1780, -1770)]
    assert [ahead.total_seconds() for _, _, ahead in found] == [0, 7200, -1800]


def test_without_a_jump_there_is_one_stretch_and_every_moment_is_its_own() -> None:
    wall = Wall()
    wall.wait(5)

    assert wall.steady.told(12.5) == 12.5
    assert wall.steady.stretches(NOON, NOON + timedelta(seconds=5)) == [
        (NOON, NOON + timedelta(seconds=5), timedelta(0))
    ]
