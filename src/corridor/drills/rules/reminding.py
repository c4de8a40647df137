"""What changed since it was last rehearsed, or never was. Pure functions.

Before and after are told by places in the log, not by clocks. A drill rehearses the services that it
watched, with their routes, providers and models, and the suppliers that it took away. What was
changed and changed back is as it was rehearsed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from corridor.core.records import RecordId
from corridor.drills.records import Reminder
from corridor.drills.records.reminders import Rehearsable

NEW = ("new",)


@dataclass(frozen=True, slots=True)
class Stated:
    """How something was from a place of the log on."""

    position: int
    at: datetime
    fields: Mapping[str, object]
    """All that its record says of it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something on which services rest."""

    what: Rehearsable
    name: str
    services: tuple[str, ...]
    states: tuple[Stated, ...]
    """All that was ever stated of it, oldest first; one at least."""
    command: str
    """A drill that would show it."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A drill whose stages came to their end."""

    id: RecordId
    """Of its result."""
    position: int
    """Of the record that says that it began."""
    at: datetime
    services: frozenset[str]
    suppliers: frozenset[str]
    """Of whom something was taken away."""

    def shows(self, subject: Subject) -> bool:
        """Tell whether it rehearsed something."""
        if subject.what == "supplier":
            return subject.name in self.suppliers
        return not self.services.isdisjoint(subject.services)


def reminders(subjects: Iterable[Subject], rehearsals: Sequence[Rehearsal]) -> list[Reminder]:
    """Return what is to be rehearsed: first what never was, then what changed, the newest change first.

    What a service rests on is not named beside a service that was never rehearsed.
    """
    found = list(_reminders(subjects, rehearsals))
    never = {each.name for each in found if each.what == "service" and each.last_drill is None}
    told = [each for each in found if not _is_said(each, never)]
    return sorted(
        told, key=lambda e: (e.last_drill is not None, -e.changed_at.timestamp(), e.what, e.name)
    )


def _is_said(reminder: Reminder, never: set[str]) -> bool:
    beneath = reminder.what not in {"service", "supplier"}
    return beneath and reminder.last_drill is None and never.issuperset(reminder.services)


def _reminders(subjects: Iterable[Subject], rehearsals: Sequence[Rehearsal]) -> Iterator[Reminder]:
    for subject in subjects:
        shown = [each for each in rehearsals if each.shows(subject)]
        last = max(shown, key=lambda each: each.position, default=None)
        changed = _changed(subject.states, last.position) if last else ()
        if last is None or changed:
            yield Reminder(
                what=subject.what,
                name=subject.name,
                services=subject.services,
                changed=changed,
                changed_at=subject.states[-1].at,
                last_drill=last and last.id,
                last_at=last and last.at,
                command=subject.command,
            )


def _changed(states: Sequence[Stated], place: int) -> tuple[str, ...]:
    """Return the names of the fields that are other than they were at a place of the log."""
    then = [each for each in states if each.position < place]
    if not then:
        return NEW
    before, now = then[-1].fields, states[-1].fields
    names = sorted(before.keys() | now.keys())
    return tuple(name for name in names if before.get(name) != now.get(name))
