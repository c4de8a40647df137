"""What drills do in the background: end one that died, and keep an eye on what is lost in earnest."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from corridor.core.doors import late
from corridor.core.errors import Unavailable
from corridor.core.store import Store
from corridor.drills import service
from corridor.drills.store import seen
from corridor.edge.runtime import Runtime

if TYPE_CHECKING:
    from corridor.drills.records import DrillEnded, DrillStarted
    from corridor.drills.service import holding
else:  # each of the loops below takes in what it needs: on most nodes no drill is held for months
    holding = late("corridor.drills.service.holding")

HOLDER = "corridor.drills.service.hosting"
"""The module without which this process holds no drill."""
LOOK_SECONDS = 1.0
SCHEDULE_SECONDS = 5.0
REMINDER_SECONDS = 60.0

log = structlog.get_logger()


@dataclass(slots=True)
class Reaper:
    """End drills of which nothing is heard any more. Times are told by the monotonic clock."""

    store: Store
    rehearsals: "service.Rehearsals"
    _heard: dict[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])
    _open: "tuple[int, Sequence[DrillStarted]]" = (-1, ())
    """The head of the log at the last look, and the drills that were not over then."""

    def look(self) -> "list[DrillEnded]":
        """End what has died since the last look."""
        with self.store.view() as view:
            head = view.head()
            if head != self._open[0]:
                self._open = head, self.rehearsals.open(view)
            open_ = self._open[1]
            beats = {each.drill_id: each.beat for each in seen(view)} if open_ else {}
        now, ended = time.monotonic(), list["DrillEnded"]()
        patience = holding.PATIENCE * self.rehearsals.gateway.leases.seconds
        for started in open_:
            beat, (known, since) = beats.get(started.id, 0), self._heard.get(started.id, (-1, now))
            self._heard[started.id] = (beat, now if beat > known else since)
            if now - self._heard[started.id][1] > patience:
                with self.store.transaction("drill") as tx:
                    ended.append(self.rehearsals.end(tx, started, "lapsed", holding.SILENT))
                log.warning("drill.lapsed", drill=started.id)
        self._heard = {each.id: self._heard[each.id] for each in open_}
        return ended


async def keep_restored(runtime: Runtime, stop: asyncio.Event) -> None:
    """End the drill that this node holds when the node stops, and wait until all is restored."""
    await stop.wait()
    if HOLDER in sys.modules:
        await asyncio.to_thread(runtime.service(service.Hosting).stop)


async def keep_parts(runtime: Runtime, stop: asyncio.Event) -> None:
    """Begin this node's parts of drills with partners when they are due, until told to stop."""
    parts = runtime.service(service.Parts)
    await _again(lambda: parts.look(runtime.store), LOOK_SECONDS, stop)


async def keep_scheduled(runtime: Runtime, stop: asyncio.Event) -> None:
    """Hold the drills that are due by their schedules, until told to stop."""
    scheduling = runtime.service(service.Scheduling)
    await _again(lambda: scheduling.look(runtime.store), SCHEDULE_SECONDS, stop)


async def keep_reminded(runtime: Runtime, stop: asyncio.Event) -> None:
    """Log what is to be rehearsed again, once for each change, until told to stop."""
    reminding, last = runtime.service(service.Reminding), None

    def look() -> None:
        nonlocal last
        last = reminding.look(runtime.store, last)

    await _again(look, REMINDER_SECONDS, stop)


async def _again(look: Callable[[], object], seconds: float, stop: asyncio.Event) -> None:
    """Look again and again in a thread, though the store may be gone for a while, until told to stop."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(look)
        except Unavailable as error:
            log.warning("drill.not_looked_after", reason=error.message)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


async def keep_ended(runtime: Runtime, stop: asyncio.Event) -> None:
    """Write down the end of drills that died, incidents, and what became of drills of several nodes."""
    reaper = Reaper(runtime.store, runtime.service(service.Rehearsals))
    losing, agreements = runtime.service(service.Losing), runtime.service(service.Agreements)
    last, glance = None, None
    while not stop.is_set():
        try:
            await asyncio.to_thread(reaper.look)
            last = await asyncio.to_thread(losing.look, runtime.store, last)
            glance = await asyncio.to_thread(agreements.look, runtime.store, glance)
        except Unavailable as error:
            log.warning("drill.not_looked_after", reason=error.message)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
