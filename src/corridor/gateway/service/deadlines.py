"""Deadlines of attempts: while this process is held up, nobody's time runs out.

A machine that pauses, or a loop that is kept busy, is late to read answers that came in time. So a
deadline is put off, once, by as long as the process was held up; what has come is read then.
"""

import asyncio
import math
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

EXACT_SECONDS = 0.001
"""Timers are no more exact than this."""
HELD_UP_SECONDS = 0.05
"""What is later than this was held up; less is how timers are on a busy machine."""


@dataclass(slots=True)
class Lateness:
    """How long this process was held up, by somebody who looks again and again."""

    _seconds: float = 0.0
    _due: float = math.inf
    """When the next look is due, by the loop's clock."""
    alarm: "Alarm" = field(default_factory=lambda: Alarm())
    """For all deadlines of this process."""

    def expect(self, due: float) -> None:
        """Take note of when the next look is to be."""
        self._due = due

    def looked(self, now: float) -> float:
        """Take note of a look; return how late it was."""
        late, self._seconds, self._due = now - self._due, self.held(now), math.inf
        return max(0.0, late)

    def held(self, now: float) -> float:
        """Return for how many seconds the process was held up until now, since it began."""
        late = now - self._due
        return self._seconds + (late if late >= HELD_UP_SECONDS else 0.0)


@dataclass(slots=True, eq=False)
class Alarm:
    """One timer for all deadlines: nearly none is ever due, and to set one for each costs most of it."""

    _waiting: "set[Deadline]" = field(default_factory=lambda: set[Deadline]())
    _loop: asyncio.AbstractEventLoop | None = None
    """In which they wait; those of another one before are over."""
    _at: float = math.inf
    """When it rings, by the loop's clock: never later than the first of them."""
    _timer: asyncio.TimerHandle | None = None

    def wake(self, one: "Deadline", loop: asyncio.AbstractEventLoop) -> None:
        """Call a deadline when its moment comes."""
        if loop is not self._loop:
            self._loop, self._timer, self._at = loop, None, math.inf
            self._waiting.clear()
        self._waiting.add(one)
        if one.at < self._at:
            self._ring_at(one.at, loop)

    def forget(self, one: "Deadline") -> None:
        """Call a deadline no more; the timer stays, for that is cheaper than to set it anew."""
        self._waiting.discard(one)

    def _ring_at(self, at: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at = at
        self._timer = loop.call_at(at, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        self._timer, self._at = None, math.inf
        now = loop.time() + EXACT_SECONDS
        for one in [each for each in self._waiting if each.at <= now]:
            self._waiting.discard(one)
            one.due()
        first = min((each.at for each in self._waiting), default=math.inf)
        if first < self._at:
            self._ring_at(first, loop)


@dataclass(slots=True, eq=False)
class Deadline:
    """Ends what is awaited inside it: at a moment, or at once.

    Raises TimeoutError where it has ended something.
    """

    lateness: Lateness
    at: float
    """By the loop's clock."""
    is_over: bool = field(default=False, init=False)
    says_nothing: bool = field(default=False, init=False)
    """Whether the process was held up once more after it had been put off."""
    _began: float = field(default=0.0, init=False)
    _held: float = field(default=0.0, init=False)
    _is_put_off: bool = field(default=False, init=False)
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _task: "asyncio.Task[object]" = field(init=False)
    _cancelling: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A deadline is for a task.")
        self._task = task

    def __enter__(self) -> Self:
        self._cancelling = self._task.cancelling()
        self._set(self.at)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lateness.alarm.forget(self)
        if not self.is_over:
            return
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def until(self, at: float) -> None:
        """Set another moment."""
        self._set(at)

    def end(self) -> None:
        """End what is awaited, at once."""
        if not self.is_over:
            self.is_over = True
            self._task.cancel()

    def held_up(self) -> bool:
        """Tell whether the process was held up since the deadline was set."""
        return self.lateness.held(self._loop.time()) - self._held >= HELD_UP_SECONDS

    def _set(self, at: float) -> None:
        self._began = self._loop.time()
        self._held = self.lateness.held(self._began)
        self._is_put_off = False
        self._wait(at)

    def _wait(self, at: float) -> None:
        self.at = at
        self.lateness.alarm.wake(self, self._loop)

    def due(self) -> None:
        """End, or be put off: the moment has come."""
        now = self._loop.time()
        held = self.lateness.held(now)
        late = max(now - self.at, held - self._held)
        if late < HELD_UP_SECONDS or self._is_put_off:
            self.says_nothing = late >= HELD_UP_SECONDS
            self.end()
            return
        self._is_put_off, self._held = True, held
        self._wait(now + min(late, self.at - self._began))
