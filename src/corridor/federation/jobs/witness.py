"""Having the own logs cosigned, and gossip with partners, in the background.

A witness or partner that is slow or fails delays no other; it is asked less and less often until it
answers. Where nothing changes nothing is sent to witnesses and nothing is written: cosignatures are
kept in tables, not in logs, so that cosigning makes no log grow.
"""

import asyncio
import random
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from secrets import SystemRandom
from typing import Any

import structlog

from corridor.core.errors import CorridorError
from corridor.edge.runtime import Runtime
from corridor.federation.errors import NotCosigned, WrongOldSize
from corridor.federation.jobs.pacing import Stopped, pause, unless
from corridor.federation.ports import SeenLogs
from corridor.federation.records import Partner, Taken
from corridor.federation.rules.exchange import wait_seconds
from corridor.federation.service import Errand, Federation, Gossip, Witness

ACTOR = "witness"
ATTEMPTS = 4
"""How often a checkpoint is handed in at once to a witness that knows the log at another size."""

log = structlog.get_logger()


async def keep_witnessed(
    runtime: Runtime, stop: asyncio.Event, chance: random.Random | None = None
) -> None:
    """Have the own logs cosigned as they grow, and gossip, until told to stop."""
    await _Rounds(runtime, stop, chance or SystemRandom()).run()


@dataclass(slots=True)
class _Turns:
    """Who is being asked, when each may be asked again, and which failures were told."""

    event: str
    usual: float
    longest: float
    chance: random.Random
    busy: set[str] = field(default_factory=set[str])
    due: dict[str, float] = field(default_factory=dict[str, float])
    failures: dict[str, int] = field(default_factory=dict[str, int])
    told: dict[str, str] = field(default_factory=dict[str, str])

    def is_free(self, name: str) -> bool:
        """Say whether somebody may be asked now."""
        now = asyncio.get_running_loop().time()
        return name not in self.busy and now >= self.due.get(name, 0.0)

    async def take(self, name: str, doing: Coroutine[Any, Any, None], rest: float) -> None:
        """Ask somebody; after success there is a rest, after a failure a longer wait."""
        self.busy.add(name)
        try:
            await doing
        except Stopped:
            return
        except CorridorError as error:
            failures = self.failures.get(name, 0) + 1
            rest = wait_seconds(failures, self.usual, self.longest, self.chance.random())
            self.failures[name] = failures
            if self.told.get(name) != error.message:
                log.warning(self.event, partner=name, reason=error.message)
            self.told[name] = error.message
        else:
            self.failures.pop(name, None)
            self.told.pop(name, None)
        finally:
            self.busy.discard(name)
            self.due[name] = asyncio.get_running_loop().time() + rest


@dataclass(slots=True)
class _Rounds:
    """Looks at what is to be done, and begins it for everybody who is free."""

    runtime: Runtime
    stop: asyncio.Event
    chance: random.Random
    current: dict[str, Taken] = field(default_factory=dict[str, Taken])
    """By log: the checkpoint that witnesses are asked to cosign."""

    async def run(self) -> None:
        settings = self.runtime.service(Federation).settings
        longest = settings.backoff_seconds
        handing = _Turns("federation.not_cosigned", settings.witness_seconds, longest, self.chance)
        asking = _Turns("federation.gossip_failed", settings.gossip_seconds, longest, self.chance)
        async with asyncio.TaskGroup() as tasks:
            while not self.stop.is_set():
                errands, partners = await self._planned()
                for name, mine in _by_witness(errands):
                    if handing.is_free(name):
                        tasks.create_task(handing.take(name, self._hand_in_all(mine), 0.0))
                for partner in partners:
                    if asking.is_free(partner.name):
                        doing = self._gossip(partner)
                        rest = settings.gossip_seconds
                        tasks.create_task(asking.take(partner.name, doing, rest))
                await pause(self.stop, settings.witness_seconds)

    async def _planned(self) -> tuple[list[Errand], list[Partner]]:
        try:
            return await asyncio.to_thread(_plan, self.runtime, self.current)
        except CorridorError as error:  # of the store; it may come back
            log.warning("federation.witness_paused", reason=error.message)
            return [], []

    async def _hand_in_all(self, errands: list[Errand]) -> None:
        for errand in errands:
            try:
                await self._hand_in(errand)
            except CorridorError as error:
                await asyncio.to_thread(_note_failure, self.runtime, errand, error)
                raise

    async def _hand_in(self, errand: Errand) -> None:
        witness = self.runtime.service(Witness)
        for _ in range(ATTEMPTS):
            body = await asyncio.to_thread(_body, self.runtime, errand)
            try:
                line = await unless(self.stop, witness.ask(errand, body))
            except WrongOldSize as error:
                errand = await asyncio.to_thread(_continued, self.runtime, errand, error.size)
                newest = self.current.get(errand.taken.log, errand.taken)
                self.current[errand.taken.log] = max(newest, errand.taken, key=_size)
            else:
                await asyncio.to_thread(_keep, self.runtime, errand, line)
                return
        raise NotCosigned(f"{errand.peer.key.name} names another size each time.")

    async def _gossip(self, partner: Partner) -> None:
        shown = await unless(self.stop, self.runtime.service(Gossip).ask(partner))
        await asyncio.to_thread(_hear, self.runtime, partner, shown)


def _by_witness(errands: list[Errand]) -> Iterator[tuple[str, list[Errand]]]:
    for _, mine in groupby(errands, key=lambda errand: errand.peer.id):
        found = list(mine)
        yield found[0].peer.key.name, found


def _size(taken: Taken) -> int:
    return taken.size


def _plan(runtime: Runtime, current: dict[str, Taken]) -> tuple[list[Errand], list[Partner]]:
    witness, federation = runtime.service(Witness), runtime.service(Federation)
    with runtime.store.view() as view:
        known = federation.known(view)
        partners = [each for each in known if federation.is_active(view, each.name)]
        if view.held() is not None or not witness.witnesses(view):
            return [], partners
        for name in (runtime.identity.name, view.audit_log):
            if taken := witness.newest(view, name, current.get(name)):
                current[name] = taken
        return witness.errands(view, current), partners


def _body(runtime: Runtime, errand: Errand) -> str:
    with runtime.store.view() as view:
        return runtime.service(Witness).body(view, errand)


def _continued(runtime: Runtime, errand: Errand, size: int) -> Errand:
    """Return the errand to a witness that knows the log at a size.

    Raises:
        NotCosigned: if the log has not so many entries.
    """
    taken, name = errand.taken, errand.taken.log
    if size > taken.size:
        with runtime.store.view() as view:
            if size > view.log_size(name):
                raise NotCosigned(
                    f"{errand.peer.key.name} has seen {name} with {size} entries; it has "
                    f"{view.log_size(name)} here.",
                    hint="Was the store restored from an older backup? Then do not go on with it.",
                )
            taken = runtime.service(Witness).take(view, name)
    return replace(errand, taken=taken, old=size)


def _keep(runtime: Runtime, errand: Errand, line: str) -> None:
    with runtime.store.transaction(ACTOR) as tx:
        runtime.service(Witness).keep(tx, errand, line)


def _note_failure(runtime: Runtime, errand: Errand, error: CorridorError) -> None:
    witness = runtime.service(Witness)
    with runtime.store.view() as view:
        if witness.is_known_failure(view, errand, error):
            return
    with runtime.store.transaction(ACTOR) as tx:
        witness.note_failure(tx, errand, error)


def _hear(runtime: Runtime, partner: Partner, shown: SeenLogs) -> None:
    gossip = runtime.service(Gossip)
    with runtime.store.view() as view:
        if not gossip.is_news(view, shown):
            return
    with runtime.store.transaction(ACTOR) as tx:
        gossip.hear(tx, partner.name, shown)
