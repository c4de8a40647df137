"""Keep workers going: start them, replace those that end, exchange all of them without a gap.

A worker that ends unasked is started again, at once where it had run well and later and later where
it had not. On a reload as many new ones are started; only when all of them answer are the old ones
told to finish. If one of the new ones does not come up, nothing is changed. The supervisor does not
touch the store and answers no caller, so it need not be restarted for a new program.
"""

import asyncio
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from corridor.app.workers.beats import CrewMetrics, CrewStatus
from corridor.app.workers.hands import Hand, started
from corridor.core.clock import Clock
from corridor.core.errors import Unavailable

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""How long to wait before a worker is started again."""
STEADY_SECONDS = 10.0
"""One that was ready for so long ran well."""
READY_SECONDS = 60.0
"""How long new workers may take to be ready."""
MARGIN_SECONDS = 10.0
"""Beyond the time to drain, before a worker is killed."""

log = structlog.get_logger()


class WorkersFail(Unavailable):
    """No worker could be started."""

    advice = "The workers said why above; put that right and start it again."


@dataclass(slots=True)
class Place:
    """A place that a worker fills, and another after it."""

    hand: Hand | None = None
    retired: asyncio.Event = field(default_factory=asyncio.Event)
    """No other worker is to fill it."""
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    """A worker in it has been ready."""
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    """The first worker in it ended before it was ready."""

    def retire(self) -> None:
        """Let its worker finish."""
        self.retired.set()
        if self.hand is not None:
            self.hand.drain()


@dataclass(slots=True)
class Supervisor:
    """Keeps so many workers going behind one listening socket."""

    home: Path
    listener: socket.socket
    wanted: int
    drain_seconds: float
    clock: Clock
    ready_seconds: float = READY_SECONDS
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reloads: int = 0
    last_reload: str | None = None
    restarts: int = 0
    _places: list[Place] = field(default_factory=list[Place])
    _leaving: list[Place] = field(default_factory=list[Place])
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])
    _exchanging: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Keep the workers going until told to stop; then let them finish.

        Raises:
            WorkersFail: if none of the first workers comes up.
        """
        self._places = [self._place() for _ in range(self.wanted)]
        try:
            if not await self._first_is_there():
                raise WorkersFail("No worker of the gateway could be started.")
            log.info("gateway.workers.ready", address=self.address, workers=self.wanted)
            await self.stop.wait()
        finally:
            self.stop.set()
            self.listener.close()
            await self._all_gone([*self._places, *self._leaving])

    @property
    def address(self) -> str:
        """Where callers reach the workers."""
        host, port = self.listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def status(self, since: datetime) -> CrewStatus:
        """Return how the workers are."""
        return CrewStatus(
            pid=os.getpid(),
            since=since,
            address=self.address,
            wanted=self.wanted,
            restarts=self.restarts,
            reloads=self.reloads,
            last_reload=self.last_reload,
            workers=tuple(hand.status for hand in self._hands),
        )

    async def metrics(self) -> CrewMetrics:
        """Ask every worker that has come up what it counted."""
        asked = [hand for hand in self._hands if hand.beat is not None]
        told = await asyncio.gather(*(hand.metrics() for hand in asked))
        pids = [hand.process.pid for hand in asked]
        return CrewMetrics(workers=dict(zip(pids, told, strict=True)))

    @property
    def _hands(self) -> list[Hand]:
        """The workers that have not ended."""
        hands = [place.hand for place in (*self._places, *self._leaving)]
        return [hand for hand in hands if hand is not None and not hand.ended.is_set()]

    async def reload(self) -> str:
        """Exchange all workers for new ones, without a moment in which nobody answers.

        Return what came of it: `done`, or why the old ones go on.
        """
        async with self._exchanging:
            log.info("gateway.workers.reload")
            fresh = [self._place() for _ in range(self.wanted)]
            reason = await self._why_not_ready(fresh)
            out, self._places = (fresh, self._places) if reason else (self._places, fresh)
            self._leaving += out
            for place in out:
                place.retire()
            self.reloads += 1
            self.last_reload = reason or "done"
            log.info("gateway.workers.reloaded", result=self.last_reload)
            return self.last_reload

    def _place(self) -> Place:
        place = Place()
        task = asyncio.create_task(self._keep(place))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return place

    async def _keep(self, place: Place) -> None:
        """Fill a place again and again until it is retired."""
        pause = FIRST_PAUSE
        while not self._is_over(place):
            place.hand = hand = await started(self.home, self.listener, self.clock)
            if self._is_over(place):
                hand.drain()
            watching = asyncio.create_task(_noting_ready(hand, place))
            code = await hand.watched()
            watching.cancel()
            if not place.filled.is_set():
                place.failed.set()
            if self._is_over(place):
                return
            ran = 0.0 if hand.ready_at is None else time.monotonic() - hand.ready_at
            pause = FIRST_PAUSE if ran > STEADY_SECONDS else pause
            self.restarts += 1
            log.warning("gateway.worker.ended", pid=hand.process.pid, code=code, pause=pause)
            await self._resting(place, pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _is_over(self, place: Place) -> bool:
        return self.stop.is_set() or place.retired.is_set()

    async def _resting(self, place: Place, seconds: float) -> None:
        await _first_of(seconds, self.stop, place.retired)

    async def _first_is_there(self) -> bool:
        """Wait for the first worker to answer; False if all of them end before."""
        while not self.stop.is_set():
            if any(place.filled.is_set() for place in self._places):
                return True
            if all(place.failed.is_set() for place in self._places):
                return False
            await asyncio.sleep(0.02)
        return True

    async def _why_not_ready(self, places: list[Place]) -> str | None:
        """Wait until all of some places are filled; return why that is not so, or None."""
        deadline = time.monotonic() + self.ready_seconds
        while not all(place.filled.is_set() for place in places):
            if self.stop.is_set():
                return "stopped"
            if any(place.failed.is_set() for place in places):
                return "a new worker ended before it was ready; the old ones go on"
            if time.monotonic() > deadline:
                return "a new worker was not ready in time; the old ones go on"
            await asyncio.sleep(0.02)
        return None

    async def _all_gone(self, places: list[Place]) -> None:
        for place in places:
            place.retire()
        if self._tasks:
            patience = self.drain_seconds + MARGIN_SECONDS
            _, late = await asyncio.wait(set(self._tasks), timeout=patience)
            for place in places:
                if late and place.hand is not None and not place.hand.ended.is_set():
                    log.error("gateway.worker.killed", pid=place.hand.process.pid)
                    place.hand.kill()
            if late:
                await asyncio.wait(late)


async def _noting_ready(hand: Hand, place: Place) -> None:
    await hand.ready.wait()
    place.filled.set()


async def _first_of(seconds: float, *events: asyncio.Event) -> None:
    """Wait for one of some events, for so long at most."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        for task in waiting:
            with suppress(asyncio.CancelledError):
                await task
