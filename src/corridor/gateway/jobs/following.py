"""What the gateway does in the background: follow the log, write the account of requests."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from corridor.access import Known
from corridor.catalogue import Catalogue, Connection, Model, Provider
from corridor.core.errors import CorridorError, Unavailable
from corridor.core.store import Store
from corridor.gateway.rules.objections import Objection
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.service import Gateway, Proxy

ResultT = TypeVar("ResultT")

log = structlog.get_logger()


@dataclass(slots=True)
class Follower:
    """Keep a proxy's snapshot as new as the log, and its account written."""

    store: Store
    gateway: Gateway
    catalogue: Catalogue
    proxy: Proxy
    _opened: dict[str, tuple[str, Connection]] = field(
        default_factory=dict[str, tuple[str, Connection]]
    )
    """By provider's name: what it was opened for, and the way to it."""
    _stale: list[Connection] = field(default_factory=list[Connection])
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    async def run(self, stop: asyncio.Event) -> None:
        """Follow and write until told to stop; then write what is left."""
        settings = self.proxy.settings
        since_flush = 0.0
        while not stop.is_set():
            await self._guarded(self.follow)
            since_flush += settings.follow_seconds
            if since_flush >= settings.flush_seconds:
                await self._guarded(self.flush)
                since_flush = 0.0
            try:
                await asyncio.wait_for(stop.wait(), settings.follow_seconds)
            except TimeoutError:
                continue
        await self._guarded(self.flush)
        for connection in (*self._stale, *(way for _, way in self._opened.values())):
            await connection.close()
        await self.proxy.guards.close()
        self._thread.shutdown()

    async def follow(self) -> None:
        """Take in what has arrived since the last look, if anything has; what closes comes first."""
        known, snapshot = await self._in_thread(self._newer)
        if known is not None:
            self.proxy.admission.decider.learn(*known)
        if snapshot is None:
            self.proxy.keep_to_suspensions()  # one may begin by the clock
            return
        ways = await self._in_thread(lambda: self._ways(snapshot))
        self.proxy.learn(snapshot, ways)
        log.info("gateway.snapshot", head=snapshot.head, closed=len(snapshot.closures))

    async def flush(self) -> None:
        """Write the account of the requests handled since the last time, and who said no to us."""
        said, objections = self.proxy.health.objections, list[Objection]()
        handled = [self.proxy.handled.popleft() for _ in range(len(self.proxy.handled))]
        objections += [said.popleft() for _ in range(len(said))]
        if not handled and not objections:
            return

        def write() -> None:
            with self.store.transaction("gateway") as tx:
                self.gateway.object(tx, objections)
                if handled:
                    self.gateway.account(tx, handled)

        try:
            await self._in_thread(write)
        except Unavailable:
            self.proxy.handled.extendleft(reversed(handled))
            said.extendleft(reversed(objections))
            raise

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        # The store may be gone for a while; the proxy goes on with what it knows.
        try:
            await step()
        except Unavailable as error:
            log.warning("gateway.store_unavailable", reason=error.message)

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _newer(self) -> tuple[Known | None, Snapshot | None]:
        with self.store.view() as view:
            known = self.proxy.admission.decider.newer(view)
            if view.head() == self.proxy.snapshot.head:
                return known, None
            return known, self.gateway.snapshot(view)

    def _ways(self, snapshot: Snapshot) -> dict[str, Connection]:
        for provider in snapshot.providers.values():
            model = snapshot.models.get(provider.model)
            wanted = f"{provider.id}/{model.id if model else ''}"
            held = self._opened.get(provider.name)
            if held is not None and held[0] == wanted:
                continue
            way = self._opened_way(provider, model, warm=provider.name not in snapshot.closures)
            if held is not None:
                del self._opened[provider.name]
                self._stale.append(held[1])  # a request may be on its way there still
            if way is not None:
                self._opened[provider.name] = (wanted, way)
        return {name: way for name, (_, way) in self._opened.items()}

    def _opened_way(
        self, provider: Provider, model: Model | None, *, warm: bool
    ) -> Connection | None:
        try:
            way = self.catalogue.connect(provider, model)
        except CorridorError as error:
            log.warning("gateway.provider.unusable", provider=provider.name, reason=error.message)
            return None
        if warm:  # else what is suspended is left alone altogether
            way.warm()
        return way
