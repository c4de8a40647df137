"""What the gateway does in the background: follow the log, write the account of requests."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from corridor.access import Known
from corridor.catalogue import Catalogue, Connection, Model, Provider
from corridor.core.errors import CorridorError, Unavailable
from corridor.core.store import Listener, Store
from corridor.gateway.rules.languages import shared
from corridor.gateway.rules.objections import Objection
from corridor.gateway.rules.snapshot import Snapshot
from corridor.gateway.service import Gateway, Proxy
from corridor.gateway.store import Circuits, beats

ResultT = TypeVar("ResultT")

TELL_SECONDS = 1.0
HEARINGS = 10
"""So often in the time for which a lease holds it is looked who is heard of."""

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
    _told: Circuits = field(default_factory=lambda: Circuits(str(os.getpid()), 0, {}))
    _told_at: float = 0.0
    _heard_at: float = 0.0
    """When it was last looked who is heard of."""
    _stale: list[Connection] = field(default_factory=list[Connection])
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    """It is time to look, or to stop."""
    _looking: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _writing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    """Apart: a writer may have to wait for others, and no suspension waits for that."""

    async def run(self, stop: asyncio.Event) -> None:
        """Follow and write until told to stop; then write what is left."""
        loop = asyncio.get_running_loop()
        listener = self.store.listener(lambda: loop.call_soon_threadsafe(self._news.set))
        with listener.at_work() if listener else nullcontext():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_on(stop, listener))
                tasks.create_task(self._flush_on(stop))
                tasks.create_task(self._end_waiting(stop))
        await self._guarded(self.flush)
        for connection in (*self._stale, *(way for _, way in self._opened.values())):
            await connection.close()
        await self.proxy.guards.close()
        self._looking.shutdown()
        self._writing.shutdown()

    async def _follow_on(self, stop: asyncio.Event, listener: Listener | None) -> None:
        while not stop.is_set():
            self._news.clear()  # before the look: what comes while it lasts is looked for after it
            await self._guarded(self.follow)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._pace(listener))

    def _pace(self, listener: Listener | None) -> float:
        """Return how long to wait for word of a record before looking without it.

        Where grants have quotas it is short, and while a suspension holds by a lease: what other
        processes use up, and who is heard of, is told by nobody.
        """
        settings, limited = self.proxy.settings, self.proxy.admission.decider.state.limited
        untold = limited or self.proxy.snapshot.leased
        told = listener is not None and listener.hears and not untold
        return settings.listening_seconds if told else settings.follow_seconds

    async def _flush_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.proxy.settings.flush_seconds)
            await self._guarded(self.flush)

    async def _end_waiting(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._news.set()

    async def follow(self) -> None:
        """Take in what has arrived since the last look, if anything has; what closes comes first."""
        began = time.monotonic()
        known, snapshot = await self._in_thread(self._looking, self._newer)
        if known is not None:
            self.proxy.admission.decider.learn(*known)
        if snapshot is None:
            self.proxy.keep_to_suspensions()  # one may begin by the clock
        else:
            ways = await self._in_thread(self._looking, lambda: self._ways(snapshot))
            self._prepare(snapshot)
            self.proxy.learn(snapshot, ways)
            self.gateway.leases.keep(snapshot.leased)
            log.info("gateway.snapshot", head=snapshot.head, closed=len(snapshot.closures))
        self.proxy.admission.freshness.seen(began)

    def _prepare(self, snapshot: Snapshot) -> None:
        """Let languages be told apart that services share a script for."""
        if self.proxy.identifier is not None:
            for service in snapshot.services.values():
                self.proxy.identifier.prepare(shared(service.languages))

    async def flush(self) -> None:
        """Write the account of the requests handled since the last time, and who said no to us."""
        said, objections = self.proxy.health.objections, list[Objection]()
        handled = [self.proxy.handled.popleft() for _ in range(len(self.proxy.handled))]
        objections += [said.popleft() for _ in range(len(said))]
        circuits = self._circuits()
        if not handled and not objections and circuits is None:
            return

        def write() -> None:
            with self.store.transaction("gateway") as tx:
                if objections:
                    self.gateway.object(tx, objections)
                if handled:
                    self.gateway.account(tx, handled)
                if circuits is not None:
                    self.gateway.tell_circuits(tx, circuits)

        try:
            await self._in_thread(self._writing, write)
        except Unavailable:
            self.proxy.handled.extendleft(reversed(handled))
            said.extendleft(reversed(objections))
            raise

    def _circuits(self) -> Circuits | None:
        """Return what to tell of providers: while a drill runs, each second and when it changes."""
        snapshot, health, now = self.proxy.snapshot, self.proxy.health, time.monotonic()
        if not snapshot.leased:
            return None
        states = {name: health.state(name) for name in snapshot.providers}
        if states == self._told.states and now < self._told_at + TELL_SECONDS:
            return None
        self._told, self._told_at = Circuits(self._told.process, self._told.told + 1, states), now
        return self._told

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        # The store may be gone for a while; the proxy goes on with what it knows.
        try:
            await step()
        except Unavailable as error:
            log.warning("gateway.store_unavailable", reason=error.message)

    async def _in_thread(self, thread: ThreadPoolExecutor, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    def _newer(self) -> tuple[Known | None, Snapshot | None]:
        with self.store.view() as view:
            known = self.proxy.admission.decider.newer(view)
            leased = self.proxy.snapshot.leased
            now, leases = time.monotonic(), self.gateway.leases
            if leased and now >= self._heard_at + leases.seconds / HEARINGS:
                self._heard_at = now
                leases.heard(beats(view, leased))
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
