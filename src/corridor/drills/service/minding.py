"""Keeping an eye on a drill while it runs: it is heard of and shown, and what has to end it is found.

Four times a second, so most looks read next to nothing: the head of the log, whether somebody asks
for its end, and what the account has of the watched services. More is read when the log has grown.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog

from corridor.core.clock import Steady
from corridor.core.records import RecordId
from corridor.core.store import Store, View
from corridor.drills.records import DrillStarted, Ending
from corridor.drills.rules.showing import Showing, Ways
from corridor.drills.rules.stages import tripped
from corridor.drills.service.course import Course
from corridor.drills.service.incidents import Look, turns_of
from corridor.drills.service.rehearsals import Rehearsals
from corridor.drills.service.tally import Tally
from corridor.drills.store import asked_to_end, show
from corridor.gateway import Suspension

SHOW_SECONDS = 1.0
"""How often a drill is heard of and shown; oftener where leases are short."""
BEATS = 4
"""As often at least in the time for which a lease holds."""

log = structlog.get_logger()
Why = tuple[Ending, str]


@dataclass(slots=True)
class Minding:
    """Look after one drill."""

    store: Store
    rehearsals: Rehearsals
    clock: Steady
    tally: Tally
    told: Callable[[str], None]
    suspended: frozenset[RecordId] = frozenset()
    """What is suspended in the drill's name, as far as the drill knows."""
    ways: Ways = field(default_factory=Ways)
    """How the watched services reach models, as it was shown last."""
    _look: Look | None = None
    _held: list[Suspension] = field(default_factory=list[Suspension])
    _lost: str = ""
    _shown: tuple[str, float] = ("", 0.0)
    """In which stage it was shown last, and when."""
    _told: dict[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])
    """By process: how often it had told of circuits, and since when it has not told again."""

    def look(
        self, started: DrillStarted, course: Course, stage: str, shown: Callable[[Ways], Showing]
    ) -> Why | None:
        """Return how and why the drill is to end, None if it may go on.

        Raises:
            StoreUnavailable: if it can neither be heard of nor be asked to end.
        """
        withdrawn = course.withdrawn_at
        with self.store.view() as view:
            asked = asked_to_end(view, started.id)
            self._learn(view, started)
            began = withdrawn.timestamp() if withdrawn else None
            self.tally.read(view, started.services, began)
        if asked:
            return "aborted", asked
        if self._is_due(stage):
            with self.store.transaction("drill") as tx:
                self.ways = replace(self.ways, circuits=self._circuits(tx), live=self.tally.lines)
                show(tx, started.id, shown(self.ways))
                self.rehearsals.gateway.beat(tx, self._held)
        return self._fault(course) or self._harm(started, course)

    def _learn(self, view: View, started: DrillStarted) -> None:
        """Take in what is suspended, where it can have changed since the last look."""
        head, now = view.head(), self.rehearsals.clock()
        if self._look is None or not self._look.still_holds(head, now):
            gateway = self.rehearsals.gateway
            stated = [s for s in gateway.stated(view) if s.suspension.drill_id == started.id]
            self._held = [each.suspension for each in stated]
            self._lost = self.rehearsals.incident(view)
            lost = {name for each in stated for name in gateway.closes(view, each)}
            self.ways = self._ways(view, started, lost)
            self._look = Look.at(head, turns_of(view), now)

    def _ways(self, view: View, started: DrillStarted, lost: set[str]) -> Ways:
        gateway = self.rehearsals.gateway
        orders = gateway.order_of(view, started.services)
        providers = {each.name: each for order in orders.values() for each in order.providers}
        return Ways(
            {place: [each.name for each in order.providers] for place, order in orders.items()},
            {name: each.supplier for name, each in providers.items()},
            lost,
        )

    def _circuits(self, view: View) -> dict[str, Mapping[str, str]]:
        """Return what the processes say of circuits that are still heard of."""
        now, patience = time.monotonic(), self.rehearsals.gateway.leases.seconds
        told = self.rehearsals.gateway.circuits(view)
        for each in told:
            if self._told.get(each.process, (-1, now))[0] != each.told:
                self._told[each.process] = each.told, now
        return {
            each.process: each.states
            for each in told
            if now < self._told[each.process][1] + patience
        }

    def _is_due(self, stage: str) -> bool:
        """Tell whether it is time to be heard of."""
        now, (known, at) = time.monotonic(), self._shown
        pace = min(SHOW_SECONDS, self.rehearsals.gateway.leases.seconds / BEATS)
        if stage == known and now < at + pace:
            return False
        self._shown = stage, now
        return True

    def _fault(self, course: Course) -> Why | None:
        """Return why what the drill measures is no loss any more, or nothing that it can measure."""
        if self._lost:
            return "tripped", f"an incident: {self._lost}"
        if jumped := self.clock.look():
            log.warning("drill.clock_jumped", seconds=round(jumped))
            self.told(f"The clock jumped by {jumped:.0f} s; the drill goes on by its own.")
        if course.restored_at is None and not self.suspended <= {each.id for each in self._held}:
            return "aborted", "what it suspended was opened again by hand"
        seconds = self.rehearsals.gateway.leases.seconds
        if why := course.unheard_for(seconds, self.clock().timestamp()):
            return "lapsed", f"its probes do not come to the gateway any more ({why})"
        return None

    def _harm(self, started: DrillStarted, course: Course) -> Why | None:
        """Return what happens to live requests that must not; None if the drill may go on."""
        if course.withdrawn_at is None or course.restored_at is not None:
            return None
        wrong = tripped(self.tally.before, self.tally.during, started.tripwire)
        return ("tripped", wrong) if wrong else None
