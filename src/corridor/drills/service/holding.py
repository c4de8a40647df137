"""Holding a drill from its first probe to its signed result: stage by stage, and restored however it goes."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog

from corridor.access import Principal
from corridor.core.clock import Steady
from corridor.core.errors import Unavailable
from corridor.core.store import Store, Transaction
from corridor.drills.ports import Prober
from corridor.drills.records import DrillResult, DrillStarted, Ending, Stage, Tripwire
from corridor.drills.rules.agreements import Agreed
from corridor.drills.rules.live import PROBE_LABEL
from corridor.drills.rules.showing import Board, Showing, Ways
from corridor.drills.rules.stages import shares_left
from corridor.drills.service.asking import Asking
from corridor.drills.service.course import Course
from corridor.drills.service.minding import Minding
from corridor.drills.service.plans import Plan
from corridor.drills.service.recovering import has_recovered
from corridor.drills.service.rehearsals import Rehearsals
from corridor.drills.service.running import Drills
from corridor.drills.service.tally import Tally
from corridor.drills.store import asked_to_end, seen

LOOK_SECONDS = 0.25
TELL_SECONDS = 10.0
"""How often it is said how many items were asked."""
RETURN_STEPS = 3
RESTORING_SECONDS = 60.0
"""How long a drill tries to restore what it suspended while the store is gone."""
PATIENCE = 2.0
"""For so many leases nothing is heard of a drill before its end is written down."""
SILENT = "nothing was heard of it any more"
ACCOUNT_SECONDS = 1.0
"""How long the gateway may take to write its account of the last requests."""

log = structlog.get_logger()
Told = Callable[[str], None]
Begun = Callable[[DrillStarted], None]


@dataclass(slots=True)
class Halt:
    """Why a drill ends before its stages are over, once it does."""

    how: Ending = "finished"
    why: str = ""
    event: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self, how: Ending, why: str) -> None:
        """End it; the first reason counts."""
        if not self.event.is_set():
            self.how, self.why = how, why
            self.event.set()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a drill is to be held."""

    stages: tuple[Stage, ...]
    tripwire: Tripwire = field(default_factory=Tripwire)
    second_key: str = field(default="", repr=False)
    items: int = 0
    """So many items of each language, or all there are, are asked before and again in the last stage, which lasts until
    they were, or `drills.items_seconds` longer than stated; 0: as many as there is time for."""
    agreed: Agreed | None = None
    """Where it is this node's part of a drill that several hold."""
    asked_by: str = "operator"
    """Who begins it, as its record says ..."""
    person: Principal | None = None
    """... or a person, whom the node's policies have to permit it, and who is named by a pseudonym."""

    @property
    def lasting(self) -> timedelta:
        """How long all stages are together."""
        return timedelta(seconds=sum(stage.seconds for stage in self.stages))


def unheard(_: DrillStarted) -> None:
    """Take no notice that a drill began."""


@dataclass(slots=True)
class Holding:
    """Hold one drill on the running node."""

    store: Store
    drills: Drills
    rehearsals: Rehearsals
    prober: Prober
    told: Told
    halt: Halt = field(default_factory=Halt)
    begun: Begun = unheard
    """Called once, when the record that it began is in the log."""
    clock: Steady = field(init=False)
    """By which all that lasts is told: it does not jump."""
    minding: Minding = field(init=False)
    _board: Board = field(init=False)
    _stage: str = "before"
    _since: float = 0.0

    def __post_init__(self) -> None:
        self.clock = Steady(self.store.clock)
        tally = Tally(self.rehearsals.gateway, self.clock, PROBE_LABEL)
        self.minding = Minding(self.store, self.rehearsals, self.clock, tally, self.told)

    async def hold(self, plan: Plan, wanted: Wanted) -> DrillResult:
        """Hold a drill and return what it found; what it suspended is open again in any case.

        Raises:
            NodeDown: if the gateway does not answer.
            NoDrillAccess: if the drill may not ask what it is to measure.
            DrillRuns, IncidentRuns, TouchesTooMuch, NeedsSecond, NoStages, PartBegan, NoItems: as
                `Rehearsals.start`.
            StoreUnavailable: if what it found cannot be kept.
        """
        with self.store.view() as view:
            self.rehearsals.check(
                view, plan, wanted.stages, wanted.second_key, wanted.agreed, wanted.person
            )
        await self.drills.check(plan, self.prober)
        with self.store.transaction("drill") as tx:
            started = self.rehearsals.start(
                tx,
                plan,
                wanted.stages,
                wanted.tripwire,
                wanted.second_key,
                wanted.agreed,
                items=wanted.items,
                asked_by=wanted.asked_by,
                person=wanted.person,
            )
        self.begun(started)
        course, stop = self._course(), asyncio.Event()
        self._board = Board(plan.reached, plan.parts)
        minding = asyncio.create_task(self._mind(started, course))
        asking = self.drills.asking(plan, self.prober, course, started.items)
        probing = asyncio.create_task(asking.go_on(stop))
        try:
            try:
                await self._stages(started, plan, course, asking)
                await self._come_back(started, course)
            except asyncio.CancelledError:
                self.halt.now("aborted", "interrupted")
                raise
            finally:
                await self._restore(started, course)
            await self._recover(plan, course)
        finally:
            stop.set()
            minding.cancel()
            with suppress(asyncio.CancelledError):
                await minding
            await probing
            await self._over(started, course)
        await asyncio.sleep(ACCOUNT_SECONDS)
        with self.store.transaction("drill") as tx:
            return self.drills.conclude(tx, plan, course, started, self.halt.how, self.halt.why)

    def _course(self) -> Course:
        with self.store.view() as view:
            line = self.rehearsals.gateway.last_line(view)
        return Course(self.clock(), clock=self.clock, line=line)

    async def _stages(
        self, started: DrillStarted, plan: Plan, course: Course, asking: Asking
    ) -> None:
        settings = self.drills.settings
        self.told(f"Probing {', '.join(plan.services)} before the withdrawal ...")
        await self._wait(settings.baseline_seconds)
        await self._asked(asking, started.extra_seconds or settings.probe_timeout_seconds)
        for stage in started.stages:
            if self.halt.event.is_set():
                return
            if self._callers_first(started, plan, course, stage):
                async with asking.resting():
                    if not self._enter(started, stage, course):
                        return
                    await self._wait(min(stage.seconds / 4, settings.callers_first_seconds))
            elif not self._enter(started, stage, course):
                return
            self.told(f"{plan.in_words} for {_of(stage)}, {stage.seconds:.0f} s.")
            await self._wait(stage.seconds - (time.monotonic() - self._since))
        if started.items:
            await self._asked(asking, started.extra_seconds)

    def _enter(self, started: DrillStarted, stage: Stage, course: Course) -> bool:
        """Suspend what a stage asks for; tell whether that was done, for somebody may have asked for its end."""
        with self.store.transaction("drill") as tx:
            if self._is_aborted(tx, started):
                return False
            suspended = self.rehearsals.enter(tx, started, stage)
        course.suspension = course.suspension or suspended[0]
        self.minding.suspended = frozenset(each.id for each in suspended)
        course.entered_at.append(self.clock())
        course.withdrawn_at = course.entered_at[0]
        self._stage, self._since = stage.kind, time.monotonic()
        return True

    def _callers_first(
        self, started: DrillStarted, plan: Plan, course: Course, stage: Stage
    ) -> bool:
        """Tell whether callers show by themselves how long it takes until others answer."""
        if course.withdrawn_at is not None or stage.share < 1 or started.shadowed:
            return False
        places = ((probe.service, probe.language) for probe in plan.probes)
        return self.minding.tally.asks_often(places)

    async def _asked(self, asking: Asking, seconds: float) -> None:
        """Wait until enough items were asked, for so long at most, and say how far that is."""
        end = told = time.monotonic()
        end += seconds
        while not asking.is_done() and time.monotonic() < end:
            if time.monotonic() > told + TELL_SECONDS:
                told = time.monotonic()
                self.told(f"Items asked: {'; '.join(map(str, asking.asked()))}.")
            if await self._wait(LOOK_SECONDS):
                return

    async def _come_back(self, started: DrillStarted, course: Course) -> None:
        """Let requests come back by and by, not all at once; one that is to end does not wait."""
        pause = self.drills.settings.return_seconds / RETURN_STEPS
        if not pause or self.halt.event.is_set():
            return
        self.told("What is lost comes back, a quarter of the requests at a time ...")
        course.restored_at = self.clock()
        self._stage, self._since = "returning", time.monotonic()
        with suppress(Unavailable):  # all of it is restored next, as soon as the store is there
            for left in shares_left(RETURN_STEPS):
                with self.store.transaction("drill") as tx:
                    if self._is_aborted(tx, started):
                        return
                    self.rehearsals.ease(tx, started, left)
                if await self._wait(pause):
                    return

    def _is_aborted(self, tx: Transaction, started: DrillStarted) -> bool:
        """Tell whether somebody asked to end it: what is suspended after that is not lifted by them."""
        if why := asked_to_end(tx, started.id):
            self.halt.now("aborted", why)
        return bool(why)

    async def _wait(self, seconds: float) -> bool:
        """Wait for a while; tell whether the drill is to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.halt.event.wait(), seconds)
        return self.halt.event.is_set()

    async def _mind(self, started: DrillStarted, course: Course) -> None:
        """Let the drill be heard of, show how far it is, and end it where it has to end."""
        silent = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                why = self.minding.look(
                    started, course, self._stage, partial(self._shown, started, course)
                )
            except Unavailable as error:
                # The gateway does not hear of the drill either: what it suspended falls away there.
                if time.monotonic() - silent > self.rehearsals.gateway.leases.seconds:
                    self.halt.now("lapsed", f"the store is gone: {error.message}")
                continue
            silent = time.monotonic()
            if why:
                self.halt.now(*why)

    async def _restore(self, started: DrillStarted, course: Course) -> None:
        """Open again what is suspended in the drill's name; wait for the store if it is gone."""
        end = time.monotonic() + RESTORING_SECONDS
        while True:
            try:
                with self.store.transaction("drill") as tx:
                    self.rehearsals.restore(tx, started)
                break
            except Unavailable as error:
                log.warning("drill.not_restored_yet", reason=error.message)
                if time.monotonic() > end:
                    break  # its lease has lapsed long ago; the node ends the drill by itself
                await asyncio.sleep(LOOK_SECONDS)
        course.returned_at = self.clock()
        course.restored_at = course.restored_at or course.returned_at
        self._stage, self._since = "after", time.monotonic()

    async def _recover(self, plan: Plan, course: Course) -> None:
        self.told("All is open again; waiting until all answer as before ...")
        end = time.monotonic() + self.drills.settings.recovery_seconds
        while time.monotonic() < end and not has_recovered(plan, course):
            await asyncio.sleep(LOOK_SECONDS)

    async def _over(self, started: DrillStarted, course: Course) -> None:
        course.ended_at = self.clock()
        with suppress(Unavailable), self.store.transaction("drill") as tx:
            self.rehearsals.end(tx, started, self.halt.how, self.halt.why)

    def _shown(self, started: DrillStarted, course: Course, ways: Ways) -> Showing:
        self._board.take(course.probed, course.withdrawn_at, course.restored_at)
        since = time.monotonic() - self._since if self._since else 0.0
        return self._board.shown(
            started, ways, stage=self._stage, since=since, withdrawn=course.withdrawn_at
        )


async def bury(store: Store, rehearsals: Rehearsals, told: Told) -> None:
    """Write down the end of a drill that died; where the node does, wait until it has."""
    known = _open(store, rehearsals)
    if not known:
        return
    told("Another drill is not over; listening whether anything is heard of it ...")
    end = time.monotonic() + PATIENCE * rehearsals.gateway.leases.seconds
    while time.monotonic() < end:
        await asyncio.sleep(LOOK_SECONDS)
        if _open(store, rehearsals) != known:  # it is over, or it was heard of
            return
    with store.transaction("drill") as tx:
        for started in rehearsals.open(tx):
            rehearsals.end(tx, started, "lapsed", SILENT)


def _open(store: Store, rehearsals: Rehearsals) -> dict[str, int]:
    """Return the drills that are not over, and how often each was heard of."""
    with store.view() as view:
        beats = {each.drill_id: each.beat for each in seen(view)}
        return {each.id: beats.get(each.id, 0) for each in rehearsals.open(view)}


def _of(stage: Stage) -> str:
    if stage.kind == "shadow":
        return "the drill's own probes"
    return "all requests" if stage.kind == "full" else f"{stage.share:.0%} of requests"


def default_stages(lasting: timedelta) -> Sequence[Stage]:
    """Return the stages of a drill of which nothing is said: all requests, at once."""
    return (Stage(kind="full", seconds=lasting.total_seconds(), share=1.0),)
