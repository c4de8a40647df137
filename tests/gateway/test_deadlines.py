"""Deadlines by the time in which the process ran."""

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.gateway.service.deadlines import EXACT_SECONDS, HELD_UP_SECONDS, Deadline, Lateness


async def ends(seconds: float, *, held: float = 0.0, lateness: Lateness | None = None) -> Deadline:
    """Wait for ever under a deadline, the loop being held up meanwhile; return it when it ends."""
    loop = asyncio.get_running_loop()
    deadline = Deadline(lateness or Lateness(), loop.time() + seconds)
    loop.call_later(0.01, time.sleep, held)
    with pytest.raises(TimeoutError), deadline:
        await asyncio.Event().wait()
    return deadline


def took(seconds: float, held: float = 0.0) -> float:
    begun = time.monotonic()
    assert not asyncio.run(ends(seconds, held=held)).says_nothing
    return time.monotonic() - begun


def test_a_deadline_ends_what_is_awaited() -> None:
    assert took(0.1) > 0.09


def test_a_deadline_is_put_off_by_as_long_as_the_loop_was_held_up() -> None:
    assert took(0.1, held=0.3) > 0.35  # 0.31, and its own 0.1 at most


def test_what_is_ended_at_once_is_not_put_off() -> None:
    async def story() -> float:
        loop = asyncio.get_running_loop()
        deadline = Deadline(Lateness(), loop.time() + 30)
        loop.call_later(0.01, deadline.end)
        with pytest.raises(TimeoutError), deadline:
            await asyncio.Event().wait()
        return loop.time() - deadline.at

    assert asyncio.run(story()) < -20


def test_another_cancellation_goes_through() -> None:
    async def story() -> None:
        with Deadline(Lateness(), asyncio.get_running_loop().time() + 30):
            await asyncio.Event().wait()

    async def cancelled() -> bool:
        task = asyncio.ensure_future(story())
        await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return True
        return False

    assert asyncio.run(cancelled())


def test_who_is_held_up_twice_learns_nothing_of_anybody() -> None:
    async def story() -> Deadline:
        asyncio.get_running_loop().call_later(0.25, time.sleep, 0.4)
        return await ends(0.1, held=0.2)

    assert asyncio.run(story()).says_nothing


def test_a_loop_that_is_not_late_is_held_up_by_nothing() -> None:
    lateness = Lateness()
    lateness.expect(10.0)

    assert lateness.held(10.0 + HELD_UP_SECONDS / 2) == 0.0
    assert lateness.looked(10.0 + HELD_UP_SECONDS / 2) < HELD_UP_SECONDS
    assert lateness.held(99.0) == 0.0  # nobody looks: nothing is known


@given(st.lists(st.floats(0, 0.04) | st.floats(0.06, 5), max_size=30))
def test_lateness_is_the_sum_of_what_was_late_and_never_less_than_before(late: list[float]) -> None:
    lateness, now, before = Lateness(), 0.0, 0.0
    for seconds in late:
        lateness.expect(now + 0.1)
        now += 0.1 + seconds
        meanwhile = lateness.held(now)
        lateness.looked(now)
        assert before <= meanwhile == lateness.held(now)
        before = meanwhile

    assert before == pytest.approx(sum(each for each in late if each >= HELD_UP_SECONDS), abs=0.01)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=12))
def test_each_of_many_deadlines_ends_at_its_own_moment_and_those_that_were_left_never_do(
    wanted: list[tuple[int, bool]],
) -> None:
    lateness, ended = Lateness(), dict[int, float]()

    async def one(place: int, at: float, *, left: bool) -> None:
        loop = asyncio.get_running_loop()
        try:
            with Deadline(lateness, at):
                await asyncio.sleep(0 if left else 3600)
        except TimeoutError:
            ended[place] = loop.time()

    async def story() -> list[float]:
        begun = asyncio.get_running_loop().time()
        moments = [begun + 0.01 + thousandths / 1000 for thousandths, _ in wanted]
        lefts = [left for _, left in wanted]
        each = zip(moments, lefts, strict=True)
        await asyncio.gather(*(one(n, at, left=left) for n, (at, left) in enumerate(each)))
        return moments

    moments = asyncio.run(story())
    assert ended.keys() == {place for place, (_, left) in enumerate(wanted) if not left}
    assert all(ended[place] >= moments[place] - 2 * EXACT_SECONDS for place in ended)


def test_a_loop_that_is_over_keeps_no_deadline_of_the_next_one_from_ending() -> None:
    lateness = Lateness()

    async def left() -> None:
        with Deadline(lateness, asyncio.get_running_loop().time() + 0.01):
            await asyncio.sleep(0)

    asyncio.run(left())
    assert asyncio.run(ends(0.05, lateness=lateness)).is_over


def test_a_deadline_that_is_put_later_does_not_end_before() -> None:
    async def put_later(begun: float) -> None:
        with Deadline(Lateness(), begun + 0.01) as deadline:
            deadline.until(begun + 0.1)
            await asyncio.Event().wait()

    async def story() -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with pytest.raises(TimeoutError):
            await put_later(begun)
        return loop.time() - begun

    assert asyncio.run(story()) >= 0.1 - EXACT_SECONDS * 2
