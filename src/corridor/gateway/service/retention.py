"""Retention: keep bodies where a project's statement says so, sealed, and until they expire.

What is kept is the request as it left the node and the answer as it reached the caller, so what a
guard redacted is not in it. A grant's own condition bounds it: the shorter counts. On the hot path
nothing is sealed and nothing is written: bodies wait in memory, up to a limit, beyond which they
are not kept and the log says so.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import structlog

from corridor.access import Project
from corridor.core.clock import Clock
from corridor.core.errors import NotFound
from corridor.core.sealing import CannotOpen, Sealer
from corridor.core.store import Transaction, View
from corridor.gateway.ports import RetentionKeys
from corridor.gateway.records import Kept, Retention
from corridor.gateway.store import (
    RetainedBody,
    SealedBody,
    any_expired,
    bodies_of,
    drop,
    drop_expired,
    keep_bodies,
    retained_bodies,
)

DAY = 86_400
MOST_WAITING = 64 * 1024 * 1024
"""Bytes of bodies that wait to be written."""

log = structlog.get_logger()


@dataclass(slots=True)
class Keeping:
    """One request of which something will be kept."""

    request_id: str
    project: str
    days: int
    request: bytes | None
    answer: list[bytes] | None

    def sent(self, data: bytes) -> None:
        """Take in more of the answer."""
        if self.answer is not None:
            self.answer.append(data)


@dataclass(slots=True)
class Retaining:
    """Keep what is to be kept. One for each process."""

    clock: Clock
    keys: RetentionKeys
    rules: Mapping[str, Retention] = field(default_factory=dict[str, Retention])
    """By project."""
    _waiting: "deque[Keeping]" = field(default_factory=lambda: deque[Keeping]())
    _bytes: int = 0

    def begin(
        self, request_id: str, project: str, request: bytes, conditions: Mapping[str, object]
    ) -> Keeping | None:
        """Return what will be kept of a request; None if nothing is."""
        rule = self.rules.get(project)
        if rule is None:
            return None
        bound = conditions.get("retention_days")
        days = min(rule.days, bound) if isinstance(bound, int) else rule.days
        if days <= 0:
            return None
        kept: Kept = rule.what
        return Keeping(
            request_id,
            project,
            days,
            request if kept != "answer" else None,
            [] if kept != "request" else None,
        )

    def keep(self, keeping: Keeping) -> None:
        """Let what is to be kept of a request wait to be written; never waits, never fails."""
        size = len(keeping.request or b"") + sum(map(len, keeping.answer or ()))
        if self._bytes + size > MOST_WAITING:
            log.warning("gateway.retention.too_much", request=keeping.request_id)
            return
        self._bytes += size
        self._waiting.append(keeping)

    def write(self, tx: Transaction, count: int) -> None:
        """Seal and write so many of those that wait longest; they wait until they are `written`.

        Raises:
            Unavailable: if the key or the store cannot be used.
        """
        taken = list(islice(self._waiting, count))
        bodies = [body for keeping in taken for body in self._sealed(keeping)]
        if bodies:
            keep_bodies(tx, bodies)

    def written(self, count: int) -> None:
        """Forget so many of those that waited longest: they are written for good."""
        for _ in range(count):
            done = self._waiting.popleft()
            self._bytes -= len(done.request or b"") + sum(map(len, done.answer or ()))

    @property
    def waiting(self) -> int:
        """How many requests wait to be written."""
        return len(self._waiting)

    def retain(
        self, tx: Transaction, project: str, days: int, what: Kept, reason: str
    ) -> Retention:
        """State what is kept of a project's requests; no days end it, the same changes nothing.

        Raises:
            NotFound: if there is no such project.
        """
        if all(known.name != project for known in tx.own(Project)):
            raise NotFound(
                f"There is no project {project!r}.",
                hint="`corridor access project list` shows them.",
            )
        rule = Retention(made_at=self.clock(), project=project, days=days, what=what, reason=reason)
        present = self.stated(tx).get(project)
        if present is not None and _says(present) == _says(rule):
            return present
        tx.append(rule)
        tx.audit("gateway.retention.set", project, days=days, what=what, reason=reason)
        return rule

    def stated(self, view: View) -> dict[str, Retention]:
        """Return what was stated last of each project, also that nothing is kept."""
        return {rule.project: rule for rule in view.own(Retention)}

    def listed(self, view: View, project: str | None = None) -> Sequence[RetainedBody]:
        """Return what is kept and has not expired; not the bodies."""
        return retained_bodies(view, self._now(), project)

    def show(self, tx: Transaction, request_id: str) -> dict[str, bytes]:
        """Return the bodies of a request by their part, and note that they were shown.

        Raises:
            NotFound: if there is none, it has expired, or its key is gone.
        """
        found = bodies_of(tx, request_id, self._now())
        if not found:
            raise NotFound(
                f"Nothing is kept of the request {request_id[:64]!r}.",
                hint="It was not to be kept, or it has expired.",
            )
        tx.audit("gateway.retained.show", request_id, project=found[0].told.project)
        return {body.told.part: self._opened(body) for body in found}

    def purge(
        self, tx: Transaction, reason: str, project: str | None, request_id: str | None
    ) -> int:
        """Delete bodies before they expire; return how many."""
        count = drop(tx, project, request_id)
        subject = request_id or project or "*"
        tx.audit("gateway.retained.purge", subject, bodies=count, reason=reason)
        return count

    def has_expired(self, view: View) -> bool:
        """Tell whether anything is there that has expired."""
        return any_expired(view, self._now())

    def expire(self, tx: Transaction) -> int:
        """Delete what has expired; return how many bodies that were."""
        return drop_expired(tx, self._now())

    def forget_keys(self) -> bool:
        """Forget the keys of days that are over; return whether there were any.

        Raises:
            Unavailable: if their file cannot be written.
        """
        return self.keys.advance(int(self._now() // DAY))

    def _now(self) -> float:
        return self.clock().timestamp()

    def _sealed(self, keeping: Keeping) -> list[SealedBody]:
        answer = None if keeping.answer is None else b"".join(keeping.answer)
        parts = {"request": keeping.request, "answer": answer}
        return [self._one(keeping, part, data) for part, data in parts.items() if data is not None]

    def _one(self, keeping: Keeping, part: str, data: bytes) -> SealedBody:
        now = self._now()
        told = RetainedBody(
            request_id=keeping.request_id,
            project=keeping.project,
            part=part,
            made_at=now,
            expires_at=now + keeping.days * DAY,
            size=len(data),
        )
        key = self.keys.key(_day(told), int(now // DAY))
        if key is None:  # the clock was set back: the day is over for the keys
            raise NotFound("The key of that day is gone.")
        return SealedBody(told, Sealer(key).seal(data, _bound(told)))

    def _opened(self, body: SealedBody) -> bytes:
        key = self.keys.key(_day(body.told), int(self._now() // DAY))
        if key is None:
            raise NotFound("The key of what was kept is gone, so it can be read by nobody.")
        try:
            return Sealer(key).open(body.sealed, _bound(body.told))
        except CannotOpen as error:
            raise NotFound(
                "What was kept cannot be opened: its key is another one, or it was changed.",
                hint="A node that was restored without retention.secret has other keys.",
            ) from error


def _says(rule: Retention) -> tuple[int, Kept, str]:
    return rule.days, rule.what, rule.reason


def _day(told: RetainedBody) -> int:
    """Return the day on which a body expires; its key is gone when that day is over."""
    return math.floor(told.expires_at / DAY)


def _bound(told: RetainedBody) -> bytes:
    """Return what a sealed body is bound to: of which request it is, and until when."""
    return told.model_dump_json().encode()
