"""Incidents that guards open by themselves: what is watched, what was blocked, and what came of it.

Nothing of what was asked or answered is in an incident: the guard, its act, the service, the file, how many,
and the id of the first request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from corridor import assurance
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.store import Transaction, View
from corridor.gateway.errors import UnknownService
from corridor.gateway.records import ALL, GuardWatch, Service, Watch
from corridor.gateway.rules.incidents import (
    HOUR,
    MOST_HOURS,
    Blocked,
    Count,
    Opened,
    counted_by,
    to_open,
    to_tell,
)
from corridor.gateway.store import (
    Handled,
    blocked_since,
    note_blocked,
    note_opened,
    note_told,
    opened_since,
    tag_of,
)

if TYPE_CHECKING:  # who only counts what guards block does without what becomes of it
    from corridor.assurance import Finding, Findings

WORDS = {
    "refused": "refused requests to",
    "kept_back": "kept back answers of",
    "failed_closed": "could not do its work for",
}


@dataclass(frozen=True, slots=True)
class Incidents:
    """Open incidents of what guards block, and go on counting."""

    clock: Clock
    findings: "Findings"

    def watch(self, tx: Transaction, service: str, watches: tuple[Watch, ...]) -> GuardWatch:
        """Set what is told of guards at a service, or at all (`*`); the same again changes nothing.

        Raises:
            UnknownService: if there is no such service.
        """
        present = self.watched(tx).get(service)
        if present is not None and present.watches == watches:
            return present
        if service != ALL and all(each.name != service for each in tx.own(Service)):
            raise UnknownService(f"There is no service {service!r}.")
        made = GuardWatch(made_at=self.clock(), service=service, watches=watches)
        tx.append(made)
        tx.audit("guard.watch", service, guards=" ".join(each.guard for each in watches))
        return made

    def watched(self, view: View) -> dict[str, GuardWatch]:
        """Return what is watched, by service."""
        return {each.service: each for each in view.own(GuardWatch)}

    def blocked(self, view: View, hours: int) -> list[tuple[Blocked, str | None]]:
        """Return what guards blocked in the last hours, each with the incident that counts it, if any."""
        since = int(self.clock().timestamp() // HOUR) - hours + 1
        opened = opened_since(view, since)
        return [(each, _counting(each, opened)) for each in blocked_since(view, since)]

    def is_due(self, view: View) -> bool:
        """Tell whether there is an incident to be opened, or to be counted anew."""
        state = self._state(view)
        now = self.clock().timestamp()
        return bool(state.fresh) or any(to_tell(*each, now) for each in state.counts)

    def look(self, tx: Transaction) -> "list[Finding]":
        """Open what is to be opened, and tell the counts that have grown; return the new incidents.

        Raises:
            PersonalData, Invalid: if an incident cannot be kept as it is.
        """
        state, now = self._state(tx), self.clock()
        for opened, count in state.counts:
            if to_tell(opened, count, now.timestamp()):
                self._tell(tx, opened, count)
        return [self._open(tx, *each) for each in state.fresh]

    def _state(self, view: View) -> "_State":
        stated, now = self.watched(view), int(self.clock().timestamp() // HOUR)
        since = now - 2 * MOST_HOURS  # an incident may have ended while nobody looked
        opened = opened_since(view, since)
        if not stated and not opened:
            return _State([], [])
        blocked = blocked_since(view, since)
        counts = [(each, counted_by(each, blocked)) for each in opened]
        return _State(to_open(stated, blocked, opened, now), counts)

    def _open(self, tx: Transaction, watch: Watch, count: Count) -> "Finding":
        first, began = count.first, _moment(count.first.first_at)
        does = WORDS[first.act]
        words: dict[str, object] = {
            "title": f"The guard {first.guard} {does} {first.target}",
            "summary": f"Since {began:%Y-%m-%d %H:%M} UTC the guard {first.guard} {does} {first.target}, "
            f"{count.total} times till this was written. What was asked or answered is not kept with it. "
            f"What follows is counted with it for {watch.hours} hours.",
            "severity": watch.severity,
            "category": watch.category,
            "languages": count.languages,
            "origin": "guard",
            "source": f"request {first.request_id}",
            "reported_by": f"guard {first.guard}",
            "may_see": watch.may_see,
        }
        told = assurance.Circumstances(nature=watch.nature, occurred_at=began, service=first.target)
        found = self.findings.report(tx, first.model, words, told, first.model_sha256)
        from_hour = min(each.hour for each in count.hours)
        opened = Opened(found.id, *first.group, from_hour, from_hour + watch.hours, 0, 0.0)
        note_opened(tx, opened)
        self._tell(tx, opened, count)
        return found

    def _tell(self, tx: Transaction, opened: Opened, count: Count) -> None:
        began, last = _moment(count.first.first_at), _moment(count.last_at)
        by = f"guard {opened.guard}"
        self.findings.seen(tx, opened.finding, count.total, began, last, by)
        note_told(tx, opened.finding, count.total, self.clock().timestamp())


@dataclass(frozen=True, slots=True)
class _State:
    fresh: list[tuple[Watch, Count]]
    counts: list[tuple[Opened, Count]]


def note_guards(tx: Transaction, catalogue: Catalogue, handled: Sequence[Handled]) -> None:
    """Count what guards blocked of some requests."""
    stopped = [each for each in handled if each.guard is not None]
    if stopped:
        providers = catalogue.providers(tx)
        models = {name: (each.model, each.model_sha256) for name, each in providers.items()}
        note_blocked(tx, _blocked(stopped, models))


def _blocked(handled: Iterable[Handled], models: Mapping[str, tuple[str, str]]) -> list[Blocked]:
    """Return what was blocked, by the hour; what would have gone nowhere is left out."""
    found: dict[tuple[object, ...], Blocked] = {}
    for each in handled:
        model = models.get(each.provider or each.first_choice or "")
        if model is None:
            continue
        one = _one(each, *model)
        place = (*one.group, one.hour, one.language)
        before = found.get(place)
        found[place] = (
            one if before is None else replace(before, count=before.count + 1, last_at=one.last_at)
        )
    return list(found.values())


def _one(handled: Handled, model: str, model_sha256: str) -> Blocked:
    return Blocked(
        hour=int(handled.at // HOUR),
        target=handled.target,
        language=tag_of(handled.language),
        guard=handled.guard or "",
        act=handled.guard_act or "",
        model=model,
        model_sha256=model_sha256,
        count=1,
        first_at=handled.at,
        last_at=handled.at,
        request_id=handled.request_id,
    )


def _counting(blocked: Blocked, opened: Iterable[Opened]) -> str | None:
    for each in opened:
        if each.group == blocked.group and each.from_hour <= blocked.hour < each.until_hour:
            return each.finding
    return None


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
