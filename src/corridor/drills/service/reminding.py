"""Reminders: what services rest on and no drill has shown as it is now, read from the node's records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog

from corridor.catalogue import Catalogue, Model, Provider, Supplier
from corridor.core.records import Record
from corridor.core.store import Store, View
from corridor.drills.records import DrillResult, DrillStarted, Reminder
from corridor.drills.records.reminders import Rehearsable
from corridor.drills.rules.reminding import Rehearsal, Stated, Subject, reminders
from corridor.drills.rules.schedules import SMALL
from corridor.drills.rules.stages import written
from corridor.drills.store.reminded import is_said, note_said
from corridor.gateway import Gateway, Route, Service

KINDS: tuple[tuple[Rehearsable, type[Record], str], ...] = (
    ("service", Service, "name"),
    ("route", Route, "service"),
    ("provider", Provider, "name"),
    ("model", Model, "name"),
    ("supplier", Supplier, "name"),
)
"""What is rehearsed, its records, and which of their fields is its name."""
NOT_SAID = {"id", "made_at", "visibility"}
"""Fields of a record that say nothing of what it is about."""
Place = tuple[Rehearsable, str]
Beneath = dict[Place, list[str]]
"""What services rest on, and which of them."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reminding:
    """Say what is to be rehearsed again."""

    catalogue: Catalogue
    gateway: Gateway

    def reminders(self, view: View) -> list[Reminder]:
        """Return what changed since it was last rehearsed, or never was; the most pressing first."""
        return reminders(self._subjects(view), list(self._rehearsals(view)))

    def look(self, store: Store, last: int | None = None) -> int:
        """Log each reminder once; return the head of the log, before which nothing is news then."""
        with store.view() as view:
            head = view.head()
            if head == last:
                return head
            news = [each for each in self.reminders(view) if not is_said(view, each)]
        for each in news:
            with store.transaction("drill") as tx:
                note_said(tx, each)
            log.warning("drill.to_be_rehearsed", reason=str(each), command=each.command)
        return head

    def _subjects(self, view: View) -> Iterator[Subject]:
        """Yield what services of this node rest on, with all that was ever stated of it."""
        providers, routes = self.catalogue.providers(view), self.gateway.routes(view)
        reached = {name: _reached(route, providers) for name, route in routes.items()}
        beneath = _beneath(reached)
        for what, kind, field in KINDS:
            states: dict[str, list[Stated]] = {}
            for kept in view.every(kind, issuer=view.identity.name):
                fields = kept.record.model_dump(exclude=NOT_SAID)
                stated = Stated(kept.entry.position, kept.record.made_at, fields)
                states.setdefault(str(fields[field]), []).append(stated)
            for name, found in states.items():
                if services := beneath.get((what, name)):
                    command = _command(what, name, services[0], reached[services[0]])
                    yield Subject(what, name, tuple(services), tuple(found), command)

    def _rehearsals(self, view: View) -> Iterator[Rehearsal]:
        """Yield this node's drills whose stages came to their end."""
        own = view.identity.name
        owners = {each.name: each.supplier for each in self.catalogue.providers(view).values()}
        began = {kept.record.id: kept.entry for kept in view.every(DrillStarted, issuer=own)}
        for kept in view.every(DrillResult, issuer=own):
            result = kept.record
            if result.how != "finished":
                continue
            place = began.get(result.drill_id, kept.entry) if result.drill_id else kept.entry
            yield Rehearsal(
                result.id,
                place.position,
                result.withdrawn_at,
                frozenset(line.service for line in result.lines),
                frozenset(_suppliers(result, owners)),
            )


def _beneath(reached: Mapping[str, Sequence[Provider]]) -> Beneath:
    """Return what services rest on, by the providers that each of them reaches; none if it reaches none."""
    found = Beneath()
    for service, providers in reached.items():
        for place in dict.fromkeys(_places(service, providers) if providers else ()):
            found.setdefault(place, []).append(service)
    return found


def _command(what: Rehearsable, name: str, service: str, reached: Sequence[Provider]) -> str:
    """Return the command of a small drill that would show something."""
    only = "" if what == "supplier" else f" --service {service}"
    named = [each for each in reached if name in {each.name, each.model}]
    lost = name if what == "supplier" else next(iter((*named, *reached))).supplier
    return f"corridor drill run --withdraw {lost}{only} --stages {written(SMALL)}"


def _places(service: str, reached: Iterable[Provider]) -> Iterator[Place]:
    """Yield what a service rests on, by the providers that its route leads to."""
    yield "service", service
    yield "route", service
    for each in reached:
        yield "provider", each.name
        yield "model", each.model
        yield "supplier", each.supplier


def _suppliers(result: DrillResult, owners: Mapping[str, str]) -> Iterator[str]:
    """Yield of whom a drill took something away."""
    yield result.supplier
    for each in result.lost:
        named = each.target.name
        yield owners.get(named, named) if each.target.kind == "provider" else named


def _reached(route: Route, every: Mapping[str, Provider]) -> tuple[Provider, ...]:
    """Return the providers that a route may lead to, in any language."""
    names = route.providers
    if route.requirement is not None:
        names = route.requirement.among or tuple(every)
    return tuple(every[name] for name in names if name in every)
