"""Having the own logs cosigned, and gossip with partners, in the background.

A witness or partner that is slow or fails delays no other; it is asked less and less often until it
answers. Where nothing changes nothing is sent to witnesses and nothing is written: cosignatures are
kept in tables, not in logs, so that cosigning makes no log grow.
"""

import asyncio
import random
from collections.abc import Coroutine, Iterator, Sequence
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
from corridor.federation.records import Evidence, Partner, Taken
from corridor.federation.rules.exchange import wait_seconds
from corridor.federation.rules.witnessing import Comparison
from corridor.federation.service import Errand, Federation, Gossip, Witness

ACTOR = "witness"
ATTEMPTS = 4
"""How often a checkpoint is handed in at once to a witness that knows the log at another size."""

MOST_COMPARED = 10_000
"""So many notes that were compared are remembered; then each is asked about once more."""

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


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done now."""

    errands: Sequence[Errand] = ()
    partners: Sequence[Partner] = ()
    """Whom to ask what they saw."""
    comparisons: Sequence[Comparison] = ()


@dataclass(slots=True)
class _Rounds:
    """Looks at what is to be done, and begins it for everybody who is free."""

    runtime: Runtime
    stop: asyncio.Event
    chance: random.Random
    current: dict[str, Taken] = field(default_factory=dict[str, Taken])
    """By log: the checkpoint that witnesses are asked to cosign."""
    compared: set[str] = field(default_factory=set[str])
    """Notes of accounts that were shown to be of the log known here, and are not asked about again."""
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while what was told is written, or closed: what is closed is not opened again."""

    async def run(self) -> None:
        settings = self.runtime.service(Federation).settings
        longest, rest = settings.backoff_seconds, settings.gossip_seconds
        handing = _Turns("federation.not_cosigned", settings.witness_seconds, longest, self.chance)
        asking = _Turns("federation.gossip_failed", rest, longest, self.chance)
        comparing = _Turns("federation.not_proved", rest, longest, self.chance)
        async with asyncio.TaskGroup() as tasks:
            while not self.stop.is_set():
                plan = await self._planned()
                for name, mine in _by_witness(plan.errands):
                    if handing.is_free(name):
                        tasks.create_task(handing.take(name, self._hand_in_all(mine), 0.0))
                for partner in plan.partners:
                    if asking.is_free(partner.name):
                        tasks.create_task(asking.take(partner.name, self._gossip(partner), rest))
                for name, open_ones in _by_partner(plan.comparisons):
                    if comparing.is_free(name):
                        tasks.create_task(comparing.take(name, self._compare_all(open_ones), 0.0))
                await pause(self.stop, settings.witness_seconds)

    async def _planned(self) -> _Plan:
        try:
            return await asyncio.to_thread(_plan, self.runtime, self.current)
        except CorridorError as error:  # of the store; it may come back
            log.warning("federation.witness_paused", reason=error.message)
            return _Plan()

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
        async with self.writing:
            news = tuple(each for each in shown.logs if _text(each.note) not in self.compared)
            await asyncio.to_thread(_hear, self.runtime, partner, SeenLogs(logs=news))

    async def _compare_all(self, comparisons: list[Comparison]) -> None:
        """Ask one partner about each; what it does not show is kept and told after the others."""
        failed: CorridorError | None = None
        for each in comparisons:
            if _text(each.claim.note) in self.compared:
                continue  # the plan was made before this was closed
            try:
                evidence = await unless(self.stop, self.runtime.service(Gossip).compare(each))
            except CorridorError as error:
                failed = error
                await asyncio.to_thread(_leave_open, self.runtime, each, error)
            else:
                async with self.writing:
                    await asyncio.to_thread(_settle, self.runtime, each, evidence)
                    if evidence is None:
                        self._remember(each)
        if failed is not None:
            raise failed

    def _remember(self, comparison: Comparison) -> None:
        if len(self.compared) >= MOST_COMPARED:
            self.compared.clear()
        self.compared.add(_text(comparison.claim.note))


def _by_witness(errands: Sequence[Errand]) -> Iterator[tuple[str, list[Errand]]]:
    for _, mine in groupby(errands, key=lambda errand: errand.peer.id):
        found = list(mine)
        yield found[0].peer.key.name, found


def _by_partner(comparisons: Sequence[Comparison]) -> Iterator[tuple[str, list[Comparison]]]:
    for name, mine in groupby(comparisons, key=lambda each: each.partner.name):  # sorted by origin
        yield name, list(mine)


def _size(taken: Taken) -> int:
    return taken.size


def _text(note: str) -> str:
    return note.partition("\n\n")[0]


def _plan(runtime: Runtime, current: dict[str, Taken]) -> _Plan:
    witness = runtime.service(Witness)
    with runtime.store.view() as view:
        partners = runtime.service(Federation).active(view)
        comparisons = runtime.service(Gossip).to_compare(view)
        if view.held() is not None or not witness.witnesses(view):
            return _Plan((), partners, comparisons)
        for name in (runtime.identity.name, view.audit_log):
            if taken := witness.newest(view, name, current.get(name)):
                current[name] = taken
        return _Plan(witness.errands(view, current), partners, comparisons)


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


def _settle(runtime: Runtime, comparison: Comparison, evidence: Evidence | None) -> None:
    with runtime.store.transaction(ACTOR) as tx:
        runtime.service(Gossip).settle(tx, comparison, evidence)


def _leave_open(runtime: Runtime, comparison: Comparison, error: CorridorError) -> None:
    gossip = runtime.service(Gossip)
    with runtime.store.view() as view:
        if gossip.is_left_open(view, comparison, error):
            return
    with runtime.store.transaction(ACTOR) as tx:
        gossip.leave_open(tx, comparison, error)
