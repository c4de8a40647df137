"""Keep to limits together with the other processes of the node, watch the lag, prune the account.

Where no limit is set the store is not asked for anything.
"""

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from corridor.core.errors import Unavailable
from corridor.core.store import Store
from corridor.edge.runtime import Runtime
from corridor.gateway.service.limits import Limits
from corridor.gateway.service.metering import Metering
from corridor.gateway.service.proxy import Proxy
from corridor.gateway.service.sharing import APPEAR_SECONDS, Look, depart, look

LAG_SECONDS = 0.1
"""How often it is looked how late the event loop is."""
BLIND_SECONDS = 3.0
"""After so long without a look each process goes on with an even part of every limit."""
PRUNE_SECONDS = 3600.0

log = structlog.get_logger()


@dataclass(slots=True)
class LimitKeeper:
    """Tell the other processes of the node what this one uses of limits, and learn what they do."""

    store: Store
    limits: Limits
    _looked: float = 0.0
    _appeared: bool = False
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until told to stop; then say that this process is gone."""
        lag = asyncio.ensure_future(self._watch_lag(stop))
        try:
            while not stop.is_set():
                if self._is_due(asyncio.get_running_loop().time()):
                    await self.look()
                await _pause(stop, self.limits.settings.share_seconds)
        finally:
            lag.cancel()
        if self._appeared:
            await self._say_gone()
        self._thread.shutdown()  # only in good order: after a defect it is run again

    async def look(self) -> None:
        """Look once at what the others hold."""
        limits, loop = self.limits, asyncio.get_running_loop()
        claims, spent = limits.claims(), limits.spent()
        now = limits.clock()

        def looked() -> Look:
            with self.store.transaction("gateway") as tx:
                month = now.strftime("%Y-%m")
                return look(tx, limits.worker, now.timestamp(), month, claims, spent)

        try:
            found = await loop.run_in_executor(self._thread, looked)
        except Unavailable as error:
            log.warning("gateway.limits.unshared", reason=error.message)
            if loop.time() - self._looked > BLIND_SECONDS:
                limits.go_on_alone()
            return
        self._looked, self._appeared = loop.time(), True
        limits.take_in(found)

    def _is_due(self, now: float) -> bool:
        if self.limits.table.is_empty:
            return False
        return self.limits.workers > 1 or now - self._looked >= APPEAR_SECONDS

    async def _say_gone(self) -> None:
        spent = self.limits.spent()

        def said() -> None:
            with self.store.transaction("gateway") as tx:
                depart(tx, self.limits.worker, spent)

        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, said)
        except Unavailable as error:
            log.warning("gateway.limits.unshared", reason=error.message)

    async def _watch_lag(self, stop: asyncio.Event) -> None:
        loop, lateness = asyncio.get_running_loop(), self.limits.lateness
        try:
            while not stop.is_set():
                lateness.expect(loop.time() + LAG_SECONDS)
                await asyncio.sleep(LAG_SECONDS)
                self.limits.note_lag(lateness.looked(loop.time()))
        finally:
            lateness.expect(math.inf)  # nobody looks any more


async def keep_pruned(runtime: Runtime, stop: asyncio.Event) -> None:
    """Forget single requests of the account when they are older than the settings say."""
    metering, settings = runtime.service(Metering), runtime.service(Proxy).settings

    def pruned() -> int:
        with runtime.store.transaction("gateway") as tx:
            return metering.forget(tx, settings.account_days)

    while not stop.is_set():
        try:
            gone = await asyncio.to_thread(pruned)
            if gone:
                log.info("gateway.account.pruned", requests=gone)
        except Unavailable as error:
            log.warning("gateway.account.not_pruned", reason=error.message)
        await _pause(stop, PRUNE_SECONDS)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
