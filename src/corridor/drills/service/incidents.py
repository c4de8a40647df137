"""Losses in earnest: foretold when they begin, measured when they are over. No drill is one of them."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from corridor.core.clock import Clock
from corridor.core.errors import CorridorError
from corridor.core.records import RecordId
from corridor.core.store import Store, Transaction, View
from corridor.drills.records import (
    Endured,
    Expected,
    Figure,
    IncidentEnded,
    IncidentOpened,
)
from corridor.drills.rules import running
from corridor.drills.rules.contradictions import apart
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.service.planning import Planning
from corridor.drills.settings import DrillSettings
from corridor.gateway import (
    Gateway,
    Handled,
    ProposalDismissed,
    Suspension,
    SuspensionLifted,
)

BEFORE = timedelta(hours=24)
"""So long before an incident requests are looked at for what was answered before it."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is lost now."""

    id: RecordId
    text: str
    providers: tuple[str, ...]
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at a look, so that the next one need not read it again."""

    head: int
    """Of the log."""
    turns: tuple[datetime, ...]
    """When suspensions begin and end by themselves, in order, those of the past too: a clock may be put back."""
    passed: int
    """How many of these moments were past."""

    @classmethod
    def at(cls, head: int, turns: tuple[datetime, ...], now: datetime) -> "Look":
        """Return what was there at a moment."""
        return cls(head, turns, bisect_right(turns, now))

    def still_holds(self, head: int, now: datetime) -> bool:
        """Tell whether nothing has arrived since, and nothing began or ended by the clock."""
        return head == self.head and bisect_right(self.turns, now) == self.passed


@dataclass(frozen=True, slots=True)
class Losing:
    """Open a record when something is lost in earnest, and close it when that is over."""

    settings: DrillSettings
    clock: Clock
    gateway: Gateway
    planning: Planning

    def look(self, store: Store, last: Look | None = None) -> Look:
        """Open what has begun since the last look, and close what is over; return what was there.

        Where nothing can have changed since `last`, nothing is read but the head of the log.
        """
        with store.view() as view:
            head, now = view.head(), self.clock()
            if last is not None and last.still_holds(head, now):
                return last
            turns = turns_of(view)
            causes = {each.id: each for each in self._causes(view, now)}
            open_ = self.open(view)
            known = {each.cause_id for each in self._all(view)}
        for incident in open_:
            if incident.cause_id not in causes:
                with store.transaction("gateway") as tx:
                    self._close(tx, incident)
        for cause in causes.values():
            if cause.id not in known:
                with store.transaction("gateway") as tx:
                    self._open(tx, cause)
        return Look.at(head, turns, now)

    def open(self, view: View) -> list[IncidentOpened]:
        """Return the incidents that last, oldest first."""
        over = {each.incident_id for each in view.own(IncidentEnded)}
        return [each for each in self._all(view) if each.id not in over]

    def incidents(self, view: View) -> list[tuple[IncidentOpened, IncidentEnded | None]]:
        """Return all incidents of this node, oldest first, each with its end."""
        ends = {each.incident_id: each for each in view.own(IncidentEnded)}
        return [(each, ends.get(each.id)) for each in self._all(view)]

    def _all(self, view: View) -> list[IncidentOpened]:
        return list(view.own(IncidentOpened))

    def _causes(self, view: View, now: datetime) -> Iterator[Cause]:
        """Yield what closes a provider at a moment, and is no drill."""
        for stated in self.gateway.stated(view):
            each = stated.suspension
            providers = tuple(self.gateway.closes(view, stated))
            if each.drill_id is None and each.begins <= now and providers:
                who = f" by {stated.issuer}" if stated.issuer else ""
                text = f"{each.target} is suspended{who}: {each.reason}"
                yield Cause(each.proposal_id or each.id, text, providers, each.begins)
        for said in self.gateway.proposals(view):
            if said.closed:
                yield Cause(
                    said.id, f"{said.said_by} said no: {said.why}", said.providers, said.said_at
                )

    def _ended_at(self, view: View, incident: IncidentOpened, now: datetime) -> datetime:
        """Return when the cause of an incident was over: by somebody's word, or by itself."""
        cause = incident.cause_id
        ends = [
            *(
                e.made_at
                for e in (k.record for k in view.every(SuspensionLifted))
                if e.suspension_id == cause
            ),
            *(e.made_at for e in view.own(ProposalDismissed) if e.proposal_id == cause),
            *(
                e.until
                for e in (k.record for k in view.every(Suspension))
                if cause in (e.id, e.proposal_id)
            ),
        ]
        return min([each for each in ends if each >= incident.began_at] + [now])

    def _open(self, tx: Transaction, cause: Cause) -> None:
        lines: tuple[Expected, ...] = ()
        note = ""
        try:
            found = self.planning.plan_closed(tx, cause.text, cause.providers, cause.id)
            lines = tuple(
                Expected(service=e.service, language=e.language, continuity=e.continuity)
                for e in found.lines
            )
        except CorridorError as error:  # nothing answers by it, or nothing is known: that is said
            note = error.message
        opened = IncidentOpened(
            made_at=self.clock(),
            visibility="partners",
            cause_id=cause.id,
            cause=cause.text[:500],
            providers=cause.providers,
            began_at=cause.began_at,
            lines=lines,
            note=note,
        )
        tx.append(opened)
        tx.audit("incident.open", " ".join(cause.providers), incident=opened.id, cause=cause.text)
        least = min(
            (e.continuity.value for e in lines if e.continuity.value is not None), default=None
        )
        log.warning(
            "drills.incident",
            cause=cause.text,
            incident=opened.id,
            least_continuity=least,
            note=note,
        )

    def _close(self, tx: Transaction, incident: IncidentOpened) -> None:
        now = self.clock()
        services = {each.service for each in incident.lines}
        handled = [
            each
            for each in self.gateway.traffic(tx, incident.began_at - BEFORE, now, 0, services)
            if each.project != self.settings.project
        ]
        ended_at = self._ended_at(tx, incident, now)
        began, over = incident.began_at.timestamp(), ended_at.timestamp()
        before = [each for each in handled if each.at < began]
        during = [each for each in handled if began <= each.at - each.seconds < over]
        measured = self.planning.endured(tx, before, during) if during else {}
        ended = IncidentEnded(
            made_at=now,
            visibility="partners",
            incident_id=incident.id,
            ended_at=ended_at,
            requests=running.counted(during),
            lines=tuple(
                _endured(each, measured.get((each.service, each.language), UNKNOWN), during)
                for each in incident.lines
            ),
        )
        tx.append(ended)
        tx.audit("incident.end", " ".join(incident.providers), incident=incident.id)
        wrong = [f"{e.service}/{e.language}" for e in ended.lines if e.contradicts]
        log.warning("drills.incident_over", incident=incident.id, contradicted=wrong)


def turns_of(view: View) -> tuple[datetime, ...]:
    """Return when suspensions in earnest begin and end by themselves, in order."""
    found = [kept.record for kept in view.every(Suspension) if kept.record.drill_id is None]
    return tuple(sorted(moment for each in found for moment in (each.begins, each.until)))


def _endured(expected: Expected, measured: Figure, during: Sequence[Handled]) -> Endured:
    mine = [e for e in during if (e.target, e.language) == (expected.service, expected.language)]
    return Endured(
        service=expected.service,
        language=expected.language,
        foretold=expected.continuity,
        measured=measured,
        contradicts=apart(expected.continuity, measured) is not None,
        requests=running.counted(mine),
    )
