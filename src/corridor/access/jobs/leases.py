"""Leases in the background: ask each partner on whose grants this node relies, at its own pace.

A partner that is slow or fails delays no other. Where nodes see each other, a new lease waits a
moment until its issuer's log is read so far; after a silence it counts at once, and closes what may
have been revoked meanwhile until that is known.
"""

import asyncio
import random
from dataclasses import dataclass, field
from secrets import SystemRandom

import structlog

from corridor.access.records import Grant, Lease
from corridor.access.rules.borders import LONGEST_BACKOFF, Reliance, may_wait, refresh_seconds
from corridor.access.service.borders import Borders
from corridor.access.store import leases
from corridor.core.errors import CorridorError, Unavailable
from corridor.core.store import Kept
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, Partner, Stopped, pause, unless, wait_seconds

ACTOR = "access"
LOOK_SECONDS = 1.0
"""How often this node looks on whom it relies; while no record arrives that costs one query."""
CATCH_UP_SECONDS = 2.0
"""How long a lease waits until its issuer's log is read so far, among nodes that see each other."""
CATCH_UP_STEP = 0.1
TIDY_SECONDS = 60.0
"""How often tokens, and grants that have ended, are forgotten."""

log = structlog.get_logger()


async def keep_leases(
    runtime: Runtime, stop: asyncio.Event, chance: random.Random | None = None
) -> None:
    """Keep this node's leases fresh until told to stop; new partners and grants are picked up."""
    usual = runtime.service(Borders).settings.lease_refresh_seconds
    following = _Following(runtime, stop, chance or SystemRandom())
    now = asyncio.get_running_loop().time
    tidied = now()
    async with asyncio.TaskGroup() as tasks:
        while not stop.is_set():
            late = now() - tidied >= TIDY_SECONDS
            try:
                await asyncio.to_thread(following.look, anew=late)
                if late:
                    await asyncio.to_thread(_tidy, runtime)
                    tidied = now()
            except Unavailable as error:  # the store; it may come back
                log.warning("access.store_unavailable", reason=error.message)
            else:
                for name in following.begin():
                    tasks.create_task(following.follow(name))
            await pause(stop, min(LOOK_SECONDS, usual))


@dataclass(slots=True)
class _Following:
    """On whom this node relies at the moment."""

    runtime: Runtime
    stop: asyncio.Event
    chance: random.Random
    relied: dict[str, tuple[Partner, Reliance]] = field(
        default_factory=dict[str, tuple[Partner, Reliance]]
    )
    followed: set[str] = field(default_factory=set[str])
    grants: list[Kept[Grant]] = field(default_factory=list[Kept[Grant]])
    head: int = -1
    """Of the store, as far as grants were looked for."""

    def look(self, *, anew: bool) -> None:
        """Take in the grants that came since the last look; `anew` also if none did."""
        borders = self.runtime.service(Borders)
        with self.runtime.store.view() as view:
            head = view.head()
            if head == self.head and not anew:
                return
            self.grants += borders.grants_of_others(view, max(self.head, 0))
            relied = borders.relies_on(view, self.grants)
            known = self.runtime.service(Federation).known(view)
        self.relied = {
            each.name: (each, relied[each.name]) for each in known if each.name in relied
        }
        self.head = head

    def begin(self) -> set[str]:
        """Return those that nobody follows yet; somebody does from now on."""
        new = set(self.relied) - self.followed
        self.followed |= new
        return new

    async def follow(self, name: str) -> None:
        """Ask a partner again and again, as long as this node relies on it."""
        usual = self.runtime.service(Borders).settings.lease_refresh_seconds
        failures, told = 0, ""
        while not self.stop.is_set() and (relied := self.relied.get(name)):
            every = refresh_seconds(usual, relied[1].shortest)
            try:
                await self._renew(relied[0], every)
            except Stopped:
                break
            except CorridorError as error:
                failures += 1
                if error.message != told:
                    told = error.message
                    log.warning("access.lease_failed", partner=name, reason=told)
            else:
                if failures:
                    log.info("access.lease_again", partner=name, failures=failures)
                failures, told = 0, ""
            wait = wait_seconds(failures, every, LONGEST_BACKOFF, self.chance.random())
            await pause(self.stop, wait)
        self.followed.discard(name)

    async def _renew(self, partner: Partner, every: float) -> None:
        borders = self.runtime.service(Borders)
        asked_at = borders.clock()
        envelope = await unless(self.stop, borders.ask_lease(partner))
        lease = borders.read_lease(partner, envelope, asked_at)
        held, known = await asyncio.to_thread(_known, self.runtime, partner.name)
        if may_wait(lease, held, known, every, asked_at):
            await self._caught_up(lease)
        await asyncio.to_thread(_keep, self.runtime, lease)

    async def _caught_up(self, lease: Lease) -> None:
        """Wait until the issuer's log is read up to a lease, but not for long."""
        for _ in range(round(CATCH_UP_SECONDS / CATCH_UP_STEP)):
            await pause(self.stop, CATCH_UP_STEP)
            _, known = await asyncio.to_thread(_known, self.runtime, lease.issuer)
            if known >= lease.log_size or self.stop.is_set():
                return


def _known(runtime: Runtime, issuer: str) -> tuple[Lease | None, int]:
    """Return the lease that is held of an issuer, and how far its log is read."""
    with runtime.store.view() as view:
        return leases.heard(view).get(issuer), view.log_size(issuer)


def _keep(runtime: Runtime, lease: Lease) -> None:
    with runtime.store.transaction(ACTOR) as tx:
        if runtime.service(Federation).is_active(tx, lease.issuer):
            runtime.service(Borders).keep_lease(tx, lease)


def _tidy(runtime: Runtime) -> None:
    with runtime.store.transaction(ACTOR) as tx:
        runtime.service(Borders).forget_tokens(tx)
