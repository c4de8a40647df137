"""A drill's own probes: asked again and again, in turn, and how many items of each language were asked."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from corridor.drills.ports import Probe, Probed, Prober
from corridor.drills.rules.turns import Turns
from corridor.drills.service.course import Course
from corridor.drills.service.plans import Plan
from corridor.drills.settings import DrillSettings


@dataclass(frozen=True, slots=True)
class Asked:
    """How many items were asked of one probe: since the withdrawal once there was one, before it else."""

    probe: Probe
    items: int
    of: int
    """So many are to be."""

    @property
    def is_done(self) -> bool:
        """Whether there are enough."""
        return self.items >= self.of

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.probe.service} {self.probe.language} {min(self.items, self.of)} of {self.of}"


ON_THE_WAY_SECONDS = 2.0
"""For probes that are on their way when a drill rests, it waits at most so long."""
LOOK_SECONDS = 0.01


@dataclass(slots=True)
class Asking:
    """Ask what a plan probes, before a loss and in it, and know how far that is."""

    settings: DrillSettings
    plan: Plan
    prober: Prober
    course: Course
    items: int = 0
    """So many of each language, or all there are, are to be asked before and again in the loss; 0: as the settings
    say before, and as many as there is time for in it."""
    _may_ask: asyncio.Event = field(default_factory=asyncio.Event)
    _on_the_way: int = 0

    def __post_init__(self) -> None:
        self._may_ask.set()

    async def go_on(self, stop: asyncio.Event) -> None:
        """Probe every service in every language, again and again, until told to stop.

        They take turns where there are more than may be on their way together.
        """
        turn = asyncio.Semaphore(self.settings.probes_at_once)
        async with asyncio.TaskGroup() as tasks:
            for probe in self.plan.probes:
                tasks.create_task(self._repeat(probe, stop, turn))

    @asynccontextmanager
    async def resting(self) -> AsyncGenerator[None]:
        """Ask nothing while the block lasts; it begins when nothing is on its way any more, or after two seconds."""
        self._may_ask.clear()
        try:
            end = time.monotonic() + ON_THE_WAY_SECONDS
            while self._on_the_way and time.monotonic() < end:
                await asyncio.sleep(LOOK_SECONDS)
            yield
        finally:
            self._may_ask.set()

    def asked(self) -> Sequence[Asked]:
        """Return how many items of each probe were asked, of how many."""
        return [self._asked(probe) for probe in self.plan.probes]

    def is_done(self) -> bool:
        """Tell whether enough were asked of all."""
        return all(each.is_done for each in self.asked())

    async def _repeat(self, probe: Probe, stop: asyncio.Event, turn: asyncio.Semaphore) -> None:
        turns = Turns(len(probe.items))
        while not stop.is_set():
            async with turn:
                await self._may_ask.wait()
                if not stop.is_set():
                    await self._ask(probe, turns)
            try:
                await asyncio.wait_for(stop.wait(), self.settings.probe_pause_seconds)
            except TimeoutError:
                continue

    async def _ask(self, probe: Probe, turns: Turns) -> None:
        """Ask the item whose turn it is."""
        if is_lost := self._is_lost:
            turns.lose()
        place = turns.next()
        self._on_the_way += 1
        try:
            probed = await self.prober.ask(probe, place)
        finally:
            self._on_the_way -= 1
        is_taken = self.course.note(probed)
        if is_taken and is_lost == self._is_lost and (not is_lost or self._counts(probed)):
            turns.count(place)

    @property
    def _is_lost(self) -> bool:
        return self.course.withdrawn_at is not None

    def _counts(self, probed: Probed) -> bool:
        """Tell whether an answer in the loss is not of what is lost: it was on its way then."""
        return probed.provider is None or probed.provider in self.plan.others[probed.service]

    def _asked(self, probe: Probe) -> Asked:
        wanted = min(self.items or self.settings.baseline_items, max(1, len(probe.items)))
        own, withdrawn = self.course.of(probe), self.course.withdrawn_at
        if withdrawn is None:
            return Asked(probe, _different(own), wanted)
        began = withdrawn.timestamp()
        before = [each for each in own if each.ended < began]
        known = {each.item for each in before}
        again = [p for p in own if p.began >= began and p.item in known and self._counts(p)]
        return Asked(probe, _different(again), min(wanted, _different(before)))


def _different(probed: Sequence[Probed]) -> int:
    """Return how many items were asked; where they are none, how many probes were sent."""
    return len({each.item or number for number, each in enumerate(probed)})
