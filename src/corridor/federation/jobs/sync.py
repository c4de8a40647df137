"""The exchange in the background: look at every partner's log, each at its own pace.

A partner that is slow or fails delays no other; it is asked less and less often until it answers.
A look that finds nothing new writes nothing and says nothing. A partner that is not active is left
alone until it is.
"""

import asyncio
import random
from contextlib import aclosing
from dataclasses import dataclass, field
from secrets import SystemRandom

import structlog

from corridor.core.errors import CorridorError, Unavailable
from corridor.core.rotations import Rotation
from corridor.edge.runtime import Runtime
from corridor.federation.errors import LogForked, NotSigned
from corridor.federation.jobs.pacing import Stopped, pause, unless
from corridor.federation.records import Evidence, Partner, Piece, Pulled, Round
from corridor.federation.rules.exchange import wait_seconds
from corridor.federation.service import Exchange, Federation, Keys, Witness

ACTOR = "federation"

log = structlog.get_logger()


async def keep_synced(
    runtime: Runtime, stop: asyncio.Event, chance: random.Random | None = None
) -> None:
    """Keep every active partner's log in step until told to stop; new ones are picked up."""
    settings = runtime.service(Federation).settings
    turns = asyncio.Semaphore(settings.partners_at_once)
    following = _Following(runtime, stop, chance or SystemRandom(), turns)
    async with asyncio.TaskGroup() as tasks:
        while not stop.is_set():
            try:
                active = await asyncio.to_thread(_active, runtime)
            except Unavailable as error:  # the store; it may come back
                log.warning("federation.store_unavailable", reason=error.message)
            else:
                for name in following.begin(active):
                    tasks.create_task(following.follow(name))
            await pause(stop, settings.sync_seconds)


@dataclass(slots=True)
class _Following:
    """Whom this node follows at the moment."""

    runtime: Runtime
    stop: asyncio.Event
    chance: random.Random
    turns: asyncio.Semaphore
    """Of those that fetch entries; a look at a checkpoint needs none."""
    active: dict[str, Partner] = field(default_factory=dict[str, Partner])
    followed: set[str] = field(default_factory=set[str])

    def begin(self, active: dict[str, Partner]) -> set[str]:
        """Take note of who is active now; return those that nobody follows yet."""
        self.active = active
        new = set(active) - self.followed
        self.followed |= new
        return new

    async def follow(self, name: str) -> None:
        """Pull a partner's log again and again, as long as the partner is active."""
        settings = self.runtime.service(Federation).settings
        failures, told = 0, ""
        while not self.stop.is_set() and (partner := self.active.get(name)):
            try:
                pulled = await self._pull(partner)
            except Stopped:
                return
            except CorridorError as error:
                failures += 1
                if error.message != told:
                    told = error.message
                    log.warning("federation.pull_failed", partner=name, reason=told)
            else:
                if pulled.entries or failures:
                    log.info("federation.pulled", **pulled.model_dump())
                failures, told = 0, ""
            wait = wait_seconds(
                failures, settings.sync_seconds, settings.backoff_seconds, self.chance.random()
            )
            await pause(self.stop, wait)
        self.followed.discard(name)

    async def _pull(self, partner: Partner) -> Pulled:
        try:
            try:
                return await self._round(partner)
            except NotSigned:
                renewed = await self._renewed(partner)
                if renewed is None:
                    raise
                return await self._round(renewed)
        except CorridorError as error:
            await asyncio.to_thread(_note_failure, self.runtime, partner, error)
            if isinstance(error, LogForked) and isinstance(error.evidence, Evidence):
                self.active.pop(partner.name, None)
            raise

    async def _round(self, partner: Partner) -> Pulled:
        exchange = self.runtime.service(Exchange)
        note = await unless(self.stop, exchange.look(partner))
        found = await asyncio.to_thread(_begun, self.runtime, partner, note)
        pulled = Pulled(partner=partner.name)
        if found is None:
            return pulled
        async with aclosing(exchange.pieces(found, self.turns)) as pieces:

            async def following() -> Piece | None:
                return await anext(pieces, None)

            while piece := await unless(self.stop, following()):
                new = await asyncio.to_thread(_index, self.runtime, piece)
                pulled += new
                if new.entries < len(piece.entries):  # overtaken, or not active any more
                    break
        return pulled

    async def _renewed(self, partner: Partner) -> Partner | None:
        """Follow a partner to its new key, if the known key announced one."""
        keys = self.runtime.service(Keys)
        rotations = await unless(self.stop, keys.ask(partner))
        if not rotations:
            return None
        return await asyncio.to_thread(_follow_key, self.runtime, partner, rotations)


def _active(runtime: Runtime) -> dict[str, Partner]:
    federation = runtime.service(Federation)
    with runtime.store.view() as view:
        return {each.name: each for each in federation.active(view)}


def _begun(runtime: Runtime, partner: Partner, note: str) -> Round | None:
    with runtime.store.view() as view:
        return runtime.service(Exchange).begun(view, partner, note)


def _index(runtime: Runtime, piece: Piece) -> Pulled:
    partner = piece.round.partner
    with runtime.store.transaction(ACTOR) as tx:
        if not runtime.service(Federation).is_active(tx, partner.name):
            return Pulled(partner=partner.name)
        pulled = runtime.service(Exchange).index(tx, piece)
        runtime.service(Keys).check_stated(tx, partner)
        return pulled


def _follow_key(runtime: Runtime, partner: Partner, rotations: tuple[Rotation, ...]) -> Partner:
    with runtime.store.transaction(ACTOR) as tx:
        return runtime.service(Keys).follow(tx, partner, rotations)


def _note_failure(runtime: Runtime, partner: Partner, error: CorridorError) -> None:
    with runtime.store.transaction(ACTOR) as tx:
        runtime.service(Exchange).note_failure(tx, partner, error)
    if isinstance(error, LogForked) and isinstance(error.evidence, Evidence):
        try:
            with runtime.store.transaction(ACTOR) as tx:
                runtime.service(Witness).accuse(tx, partner, error.evidence)
        except CorridorError as refused:  # what failed first is what the caller is told
            log.warning("federation.not_accused", partner=partner.name, reason=refused.message)
