"""Drills that the node itself holds, in a thread of their own, while its gateway goes on beside them.

One is held at a time. Whoever starts one is told at once that it began, or why it did not. When the
node stops, a drill is restored before the process ends; if the node is killed, its lease takes it.
"""

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

import structlog

from corridor.access import Principal
from corridor.core.errors import CorridorError, NotFound, Unavailable
from corridor.core.store import Store, View
from corridor.drills.errors import DrillRuns
from corridor.drills.records import Contradiction, DrillEnded, DrillResult, DrillStarted, Run
from corridor.drills.rules.loss import Loss
from corridor.drills.service.conducting import Conducted, Conducting
from corridor.drills.service.holding import Halt, Wanted
from corridor.drills.store import seen

STOPPING_SECONDS = 20.0
"""So long a node that stops waits for its drill; the lease takes what is left then."""
NODE_STOPS = "the node stops"

log = structlog.get_logger()


@dataclass(slots=True)
class Held:
    """A drill in its thread."""

    begun: "Future[DrillStarted]" = field(default_factory=Future["DrillStarted"])
    halt: Halt = field(default_factory=Halt)
    over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _why: str = ""
    _loop: asyncio.AbstractEventLoop | None = None
    _task: "asyncio.Task[Conducted] | None" = None

    def by(self, task: "asyncio.Task[Conducted]") -> None:
        """Take note of what holds it, so that it can be ended."""
        with self._lock:
            self._loop, self._task, why = asyncio.get_running_loop(), task, self._why
        if why:
            self._cut_off()

    def end(self, why: str) -> None:
        """End it now: what it suspended is restored, and it waits for nothing more."""
        with self._lock:
            self._why, loop = why, self._loop
        if loop is not None and not self.over.is_set():
            loop.call_soon_threadsafe(self._cut_off)

    def _cut_off(self) -> None:
        self.halt.now("aborted", self._why)
        if self._task is not None:
            self._task.cancel()


@dataclass(slots=True)
class Hosting:
    """Hold drills in the background of the process that serves the node."""

    conducting: Conducting
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: Held | None = None
    _closed: bool = False

    def start(self, store: Store, loss: Loss, wanted: Wanted) -> DrillStarted:
        """Begin a drill, and return when it has begun; it goes on by itself.

        Raises:
            NothingDepends, NoDrillAccess, NodeDown, DrillRuns, IncidentRuns, TouchesTooMuch,
            NeedsSecond, NoStages, StoreUnavailable: as `Conducting.conduct`; nothing is started then.
        """
        with store.view() as view:
            self.conducting.rehearsals.check_free(view)
        held = self._taken()
        threading.Thread(
            target=self._hold, args=(store, loss, wanted, held), name="drill", daemon=True
        ).start()
        return held.begun.result()

    def run(self, view: View, drill: str, person: Principal | None = None) -> Run:
        """Return how a drill of this node goes or ended, by its id or the beginning of it.

        Raises:
            NotFound: if there is none, or more than one.
            NotPermitted: if a person asks whom the node's policies do not permit it.
        """
        found = [each for each in self.runs(view) if each.started.id.startswith(drill)]
        if len(found) != 1 or not drill:
            raise NotFound(
                f"{len(found)} drills of this node have an id that begins with {drill!r}.",
                hint="GET /drills/runs lists them.",
            )
        started = found[0].started
        self.conducting.rehearsals.permitted(
            view, person, "drill.watch", started.services, started.stages
        )
        return found[0].model_copy(update={"contradictions": self._wrong(view, found[0])})

    def runs(self, view: View) -> list[Run]:
        """Return this node's drills, oldest first."""
        ended = {each.drill_id: each for each in view.own(DrillEnded)}
        found = {each.drill_id: each for each in view.own(DrillResult)}
        shown = {each.drill_id: dict(each.shown) for each in seen(view)}
        return [
            Run(
                started=each,
                seen=shown.get(each.id, {}),
                ended=ended.get(each.id),
                result=found.get(each.id),
            )
            for each in view.own(DrillStarted)
        ]

    def stop(self) -> None:
        """End the drill that is held, if one is, wait until all is restored, and begin none any more."""
        with self._lock:
            self._closed, held = True, self._held
        if held is None:
            return
        held.end(NODE_STOPS)
        if not held.over.wait(STOPPING_SECONDS):
            log.warning("drill.not_over_in_time", seconds=STOPPING_SECONDS)

    def _wrong(self, view: View, run: Run) -> tuple[Contradiction, ...]:
        """Return where a drill found otherwise than was foretold before it."""
        result, planning = run.result, self.conducting.planning
        if result is None or result.prediction_id is None:
            return ()
        return planning.contradictions(planning.prediction(view, result.prediction_id), result)

    def _taken(self) -> Held:
        """Take the one place that there is for a drill."""
        with self._lock:
            if self._closed:
                raise Unavailable("The node stops.", hint="Start the drill when it is there again.")
            if self._held is not None:
                raise DrillRuns("A drill of this node begins just now, or is about to end.")
            self._held = held = Held()
            return held

    def _hold(self, store: Store, loss: Loss, wanted: Wanted, held: Held) -> None:
        """Hold a drill from its first look to its result, and tell what became of it."""
        try:
            _told(asyncio.run(self._held_by(store, loss, wanted, held)))
        except (CorridorError, asyncio.CancelledError) as error:
            _refused(held, error)
        except Exception as error:
            log.exception("drill.defect")
            _refused(held, error)
        finally:
            with self._lock:
                self._held = None
            held.over.set()

    async def _held_by(self, store: Store, loss: Loss, wanted: Wanted, held: Held) -> Conducted:
        conducted = self.conducting.conduct(
            store, loss, wanted, _said, halt=held.halt, begun=held.begun.set_result
        )
        task = asyncio.create_task(conducted)
        held.by(task)
        return await task


def _said(text: str) -> None:
    log.info("drill.goes_on", told=text)


def _told(conducted: Conducted) -> None:
    """Say what a drill found, and raise what contradicts what was foretold."""
    result = conducted.result
    log.info("drill.over", drill=result.drill_id, record=result.id, how=result.how, why=result.why)
    for each in conducted.contradictions:
        log.warning(
            "drill.contradicted",
            drill=result.drill_id,
            service=each.service,
            language=each.language,
            why=each.why,
        )


def _refused(held: Held, error: BaseException) -> None:
    """Say why a drill did not begin to whoever waits for it, or why it was cut off to the log."""
    if held.begun.done():
        log.warning("drill.cut_off", reason=str(error) or NODE_STOPS)
    elif isinstance(error, asyncio.CancelledError):
        held.begun.set_exception(Unavailable("The node stops: the drill did not begin."))
    else:
        held.begun.set_exception(error)
