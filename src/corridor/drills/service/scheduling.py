"""Small drills that the node holds again and again in quiet hours, and what became of each window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Protocol

import structlog

from corridor.core.clock import Clock
from corridor.core.errors import CorridorError, NotFound, Unavailable
from corridor.core.records import RecordId, new_id
from corridor.core.store import Store, Transaction, View
from corridor.drills.errors import DrillRuns, IncidentRuns, NoSuchSchedule
from corridor.drills.records import DrillSchedule, DrillStarted, Planned, Turn
from corridor.drills.rules.loss import Loss
from corridor.drills.rules.schedules import (
    Window,
    fitting,
    is_due,
    lasting_of,
    next_due,
    window_now,
    window_past,
)
from corridor.drills.service.holding import Wanted
from corridor.drills.service.rehearsals import Rehearsals
from corridor.drills.settings import DrillSettings
from corridor.drills.store.turns import Turned, note, turns_of
from corridor.gateway import Gateway
from corridor.supply_chain import filled, scenario_named

AROUND = timedelta(seconds=30)
"""Beside its stages, and what is probed before and after them, a drill takes so long at most."""
LATELY = timedelta(minutes=5)
"""So long back requests are counted to tell how many there are in a minute."""
SHOWN = 5
"""How many turns of a schedule are shown."""
UNSEEN = "the node did not run then, or its clock jumped"
TOO_LATE = "too little of its window was left when the node looked"

log = structlog.get_logger()


class Starting(Protocol):
    """Begins drills that go on by themselves."""

    def start(self, store: Store, loss: Loss, wanted: Wanted) -> DrillStarted:
        """Begin a drill, and return when it has begun."""
        ...


@dataclass(frozen=True, slots=True)
class Past:
    """The turns that a schedule had, as they count at a moment."""

    turned: frozenset[date]
    """Days whose window had its turn."""
    held: tuple[date, ...]
    waiting: dict[date, str]
    """Days whose window waits, and why."""

    @classmethod
    def at(cls, turns: Sequence[Turned], now: datetime) -> "Past":
        """Return them; that a window was skipped counts for nothing if a clock said so that was ahead."""
        counted = [each for each in turns if each.state != "skipped" or each.at <= now.timestamp()]
        return cls(
            frozenset(each.day for each in counted if each.state != "waits"),
            tuple(each.day for each in counted if each.state in {"begins", "held"}),
            {each.day: each.why for each in counted if each.state == "waits"},
        )

    def is_due(self, schedule: DrillSchedule, window: Window) -> bool:
        """Tell whether a drill is due in a window."""
        return is_due(schedule, window.day, self.turned, self.held)


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Keep the schedules of a node's drills, and hold what is due."""

    settings: DrillSettings
    clock: Clock
    gateway: Gateway
    rehearsals: Rehearsals
    starting: Starting

    def add(self, tx: Transaction, schedule: DrillSchedule) -> DrillSchedule:
        """Put a schedule in force, in the place of what its name had.

        Raises:
            NoSchedule: if it does not fit into its window, or its time zone is not known.
            NoStages: if its stages contradict each other.
            UnknownScenario: if the library has no scenario of its name.
            BadScenario: if it lacks a parameter.
            UnknownService, NotFound: if there is no such supplier or service.
        """
        fitting(schedule, self._around(schedule))
        loss = loss_of(schedule)
        if loss.scenario is not None:
            filled([loss.scenario], loss.parameters)
        if schedule.service is not None:
            self.gateway.service(tx, schedule.service)
        if schedule.supplier is not None:
            self._check_supplier(tx, schedule.supplier)
        tx.append(schedule)
        tx.audit("drill.schedule", schedule.name, record=schedule.id)
        return schedule

    def remove(self, tx: Transaction, name: str) -> DrillSchedule:
        """End a schedule; what it held stays.

        Raises:
            NoSuchSchedule: if there is none of the name.
        """
        present = self._named(tx, name)
        ended = present.model_copy(
            update={"id": new_id(), "made_at": self.clock(), "active": False}
        )
        tx.append(ended)
        tx.audit("drill.unschedule", name, record=present.id)
        return ended

    def schedules(self, view: View) -> list[DrillSchedule]:
        """Return the schedules in force, by name."""
        newest = {each.name: each for each in view.own(DrillSchedule)}
        return [newest[name] for name in sorted(newest) if newest[name].active]

    def planned(self, view: View) -> list[Planned]:
        """Return the schedules, what became of their last windows, and when each is due next."""
        now, found = self.clock(), list[Planned]()
        for schedule in self.schedules(view):
            turns = turns_of(view, schedule.name)
            past = Past.at(turns, now)
            window = next_due(schedule, now, past.turned, past.held)
            shown = tuple(_turn(each) for each in turns[:SHOWN])
            found.append(Planned(schedule=schedule, turns=shown, next=window.opens))
        return found

    def look(self, store: Store) -> None:
        """Hold what is due now, and write down what was not held and why."""
        now = self.clock()
        with store.view() as view:
            steps = [
                (schedule, step)
                for schedule in self.schedules(view)
                for step in self._steps(view, schedule, now)
            ]
        for schedule, step in steps:
            if self._noted(store, schedule, step) and step.state == "begins":
                self._begin(store, schedule, step.day)

    def _steps(self, view: View, schedule: DrillSchedule, now: datetime) -> Iterator[Turned]:
        """Yield what is to be written of the window that closed last, and of the one that is open."""
        past = Past.at(turns_of(view, schedule.name), now)
        last, at = window_past(schedule, now), now.timestamp()
        could = last.closes - self._lasting(schedule) >= schedule.made_at
        if could and past.is_due(schedule, last):
            yield Turned(last.day, "skipped", past.waiting.get(last.day, UNSEEN), "", at)
        window = window_now(schedule, now)
        if window is None or not past.is_due(schedule, window):
            return
        if not window.holds(now, self._lasting(schedule)):
            yield Turned(window.day, "waits", past.waiting.get(window.day, TOO_LATE), "", at)
            return
        why = self._obstacle(view, schedule, now)
        yield Turned(window.day, "waits" if why else "begins", why, "", at)

    def _obstacle(self, view: View, schedule: DrillSchedule, now: datetime) -> str:
        """Return why no drill may begin now; empty if one may."""
        if runs := self.rehearsals.open(view):
            return f"drill {runs[0].id[:12]} is not over"
        if lost := self.rehearsals.incident(view):
            return f"an incident: {lost}"
        if schedule.below is None:
            return ""
        live = [
            each
            for each in self.gateway.traffic(view, now - LATELY, now)
            if each.project != self.settings.project
        ]
        pace = len(live) / (LATELY / timedelta(minutes=1))
        busy = pace >= schedule.below
        return f"{pace:.1f} requests a minute, not below {schedule.below:g}" if busy else ""

    def _noted(self, store: Store, schedule: DrillSchedule, step: Turned) -> bool:
        """Write down what becomes of a window; tell whether that is news."""
        with store.transaction("drill") as tx:
            known = {each.day: each for each in turns_of(tx, schedule.name)}.get(step.day)
            if known is not None and (known.state, known.why) == (step.state, step.why):
                return False
            note(tx, schedule.name, step)
        tell = log.warning if step.state in {"refused", "skipped"} else log.info
        tell(
            f"drill.schedule.{step.state}",
            schedule=schedule.name,
            day=step.day.isoformat(),
            reason=step.why,
            drill=step.drill,
        )
        return True

    def _begin(self, store: Store, schedule: DrillSchedule, day: date) -> None:
        """Begin what is due; its window has had its turn before, so that it cannot begin twice."""
        wanted = Wanted(schedule.stages, items=schedule.items, asked_by=f"schedule {schedule.name}")
        state, why, drill = "held", "", ""
        try:
            drill = self.starting.start(store, loss_of(schedule), wanted).id
        except (DrillRuns, IncidentRuns, Unavailable) as error:
            state, why = "waits", error.message
        except CorridorError as error:
            state, why = "refused", error.message
        self._noted(store, schedule, Turned(day, state, why, drill, self.clock().timestamp()))

    def _lasting(self, schedule: DrillSchedule) -> timedelta:
        return lasting_of(schedule) + self._around(schedule)

    def _around(self, schedule: DrillSchedule) -> timedelta:
        """Return how long a drill takes at most beside its stages."""
        own = self.settings
        around = own.baseline_seconds + own.return_seconds + own.recovery_seconds
        extra = 2 * own.items_seconds if schedule.items else 0.0
        return AROUND + timedelta(seconds=around + extra)

    def _check_supplier(self, view: View, name: str) -> None:
        known = self.rehearsals.catalogue.suppliers(view)
        if name not in known:
            near = get_close_matches(name, known, n=2)
            raise NotFound(
                f"There is no supplier {name!r}.",
                hint=f"The nearest names are {', '.join(near)}."
                if near
                else "`corridor gateway services` shows the routes; withdraw a supplier that is in one.",
            )

    def _named(self, view: View, name: str) -> DrillSchedule:
        for each in self.schedules(view):
            if each.name == name:
                return each
        raise NoSuchSchedule(f"There is no schedule {name!r}.")


def loss_of(schedule: DrillSchedule) -> Loss:
    """Return what a schedule's drill takes away.

    Raises:
        UnknownScenario: if the library has no scenario of its name.
        Invalid: if it says of a supplier what can be said of a scenario only.
    """
    scenario = None if schedule.scenario is None else scenario_named(schedule.scenario)
    return Loss(
        schedule.supplier,
        schedule.parameters,
        schedule.home,
        schedule.service,
        schedule.worse,
        scenario,
    )


def _turn(turned: Turned) -> Turn:
    return Turn(
        day=turned.day.isoformat(),
        state=turned.state,
        why=turned.why,
        drill_id=RecordId(turned.drill) if turned.drill else None,
        at=datetime.fromtimestamp(turned.at, UTC),
    )
