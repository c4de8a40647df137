"""The index of decisions: to find what the audit log says, and to check that it says the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select

from corridor.access.records.account import Accounted, Answered, Counted, Decided
from corridor.access.rules.account import IndexedAnswer
from corridor.access.rules.quotas import UNCOUNTED
from corridor.access.store.schema import answers, decisions
from corridor.core.store import Transaction, View
from corridor.core.store.schema import audit

AT_ONCE = 1000
"""Rows that are held in memory while many are read."""
_LISTS = ("reasons", "policies", "evidence_ids", "revocation_ids")
_WHOLE = tuple(name for name in Decided.model_fields if name not in (*_LISTS, "facts"))


@dataclass(frozen=True, slots=True)
class Which:
    """Which decisions are asked for; None is any."""

    since: float | None = None
    until: float | None = None
    """Seconds since the epoch; the end is not included."""
    who: str | None = None
    home: str | None = None
    model: str | None = None
    """A model's name or digest."""
    purpose: str | None = None
    allowed: bool | None = None
    request: str | None = None
    """The id of one request."""

    def clause(self) -> ColumnElement[bool]:
        """Return the condition on the index."""
        c = decisions.c
        wanted = {"who": c.who, "home": c.home, "purpose": c.purpose, "allowed": c.allowed}
        if self.request is not None:
            return c.request_id == self.request
        found = [column == getattr(self, name) for name, column in wanted.items()]
        chosen = [
            condition
            for condition, name in zip(found, wanted, strict=True)
            if getattr(self, name) is not None
        ]
        if self.since is not None:
            chosen.append(c.at >= self.since)
        if self.until is not None:
            chosen.append(c.at < self.until)
        if self.model is not None:
            chosen.append(or_(c.model == self.model, c.model_sha256 == self.model))
        return and_(True, *chosen)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of an audit log as it is kept, with the decision that the index has for it."""

    position: int
    act: str
    salt: bytes
    entry: bytes
    indexed: Decided | None
    answer: IndexedAnswer | None


def keep(tx: Transaction, log: str, placed: Sequence[tuple[int, Decided]]) -> None:
    """Keep decisions with their positions in the audit log."""
    seen: dict[int, str] = {}  # many decisions on the same have one object of facts
    rows: list[dict[str, object]] = []
    for position, item in placed:
        key = id(item.facts)
        if key not in seen:
            seen[key] = orjson.dumps(item.facts).decode()
        row: dict[str, Any] = {
            **vars(item),
            "log": log,
            "position": position,
            "tier": item.facts.tier,
        }
        row["facts"] = seen[key]
        for name in _LISTS:
            row[name] = " ".join(row[name])
        rows.append(row)
    tx.insert(decisions, rows)


def keep_answers(tx: Transaction, log: str, placed: Sequence[tuple[int, Answered]]) -> None:
    """Keep the hashes of answers with their positions in the audit log."""
    rows: list[dict[str, object]] = [
        {
            "log": log,
            "position": position,
            "request_id": item.request_id,
            "answer_sha256": item.answer_sha256,
            "grant_id": item.grant_id,
            "tokens": item.tokens,
            "at": item.at,
        }
        for position, item in placed
    ]
    tx.insert(answers, rows)


def found(view: View, which: Which, limit: int) -> Iterator[Accounted]:
    """Yield decisions with the hash of the answer, where there was one; the newest first."""
    answer = (
        select(answers.c.answer_sha256)
        .where(answers.c.request_id == decisions.c.request_id)
        .order_by(answers.c.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(decisions, answer.label("answer_sha256"))
        .where(which.clause())
        .order_by(decisions.c.at.desc(), decisions.c.position.desc())
        .limit(limit)
    )
    for row in view.connection.execute(query).mappings():
        yield Accounted(
            log=row["log"],
            position=row["position"],
            decided=_decided(row),
            answer_sha256=row["answer_sha256"],
        )


def beginning(view: View, column: Literal["request_id", "who"], start: str) -> list[str]:
    """Return the values in the index that begin with a text, up to a thousand."""
    c = decisions.c[column]
    query = select(c).where(c.startswith(start, autoescape=True)).distinct().order_by(c)
    return [str(each) for each in view.connection.execute(query.limit(AT_ONCE)).scalars()]


def totals(view: View, which: Which) -> dict[bool, int]:
    """Return how many decisions allowed and how many denied."""
    query = (
        select(decisions.c.allowed, func.count())
        .where(which.clause())
        .group_by(decisions.c.allowed)
    )
    counts = {bool(allowed): int(count) for allowed, count in view.connection.execute(query)}
    return {True: 0, False: 0, **counts}


def uses(view: View, grants: Sequence[str], since: float) -> dict[str, int]:
    """Return how many requests were allowed by each of some grants since a moment."""
    found = dict.fromkeys(grants, 0)
    c = decisions.c
    for start in range(0, len(grants), AT_ONCE):
        some = c.grant_id.in_(grants[start : start + AT_ONCE])
        query = (
            select(c.grant_id, func.count())
            .where(some, c.at >= since, c.allowed)
            .group_by(c.grant_id)
        )
        found.update({row[0]: int(row[1]) for row in view.connection.execute(query)})
    return found


def tokens(view: View, grants: Sequence[str], since: float) -> dict[str, int]:
    """Return how many tokens answers took by each of some grants since a moment.

    An answer whose tokens nobody counted took more than any quota.
    """
    found = dict.fromkeys(grants, 0)
    c = answers.c
    each = func.coalesce(c.tokens, UNCOUNTED)
    for start in range(0, len(grants), AT_ONCE):
        some = c.grant_id.in_(grants[start : start + AT_ONCE])
        query = select(c.grant_id, func.sum(each)).where(some, c.at >= since).group_by(c.grant_id)
        found.update({row[0]: int(row[1]) for row in view.connection.execute(query)})
    return found


def counted(view: View, since: float, until: float) -> Iterator[Counted]:
    """Yield what a report needs of the decisions in a stretch of time."""
    c = decisions.c
    query = select(
        c.home, c.who, c.at, c.allowed, c.reasons, c.tier, c.purpose, c.language, c.policy_version
    ).where(Which(since, until).clause())
    for row in view.connection.execute(query.execution_options(yield_per=AT_ONCE)):
        reason = row.reasons.partition(" ")[0]
        yield Counted(row.home, row.who, row.at, row.allowed, reason, *row[5:])


def policy_versions(view: View, since: float, until: float) -> tuple[str, ...]:
    """Return the versions of the policies by which was decided in a stretch of time."""
    query = select(decisions.c.policy_version).where(Which(since, until).clause()).distinct()
    return tuple(sorted(view.connection.execute(query).scalars()))


def logs(view: View) -> list[str]:
    """Return the origins of all audit logs that this node has had, the present one last."""
    names = set(view.connection.execute(select(audit.c.log).distinct()).scalars())
    names |= set(view.connection.execute(select(decisions.c.log).distinct()).scalars())
    return [*sorted(names - {view.audit_log}), view.audit_log]


def lines(view: View, log: str) -> Iterator[Line]:
    """Yield every entry of an audit log in order, with what the index has at its position."""
    decided = and_(decisions.c.log == audit.c.log, decisions.c.position == audit.c.position)
    answered = and_(answers.c.log == audit.c.log, answers.c.position == audit.c.position)
    query = (
        select(
            audit.c.position.label("place"),
            audit.c.act,
            audit.c.salt,
            audit.c.entry,
            answers.c.request_id.label("answer_to"),
            answers.c.answer_sha256,
            answers.c.grant_id.label("answer_grant"),
            answers.c.tokens,
            answers.c.at.label("answered_at"),
            decisions,
        )
        .select_from(audit)
        .join(decisions, decided, isouter=True)
        .join(answers, answered, isouter=True)
        .where(audit.c.log == log)
        .order_by(audit.c.position)
    )
    for row in view.connection.execute(query.execution_options(yield_per=AT_ONCE)).mappings():
        yield _line(row)


def without_entry(view: View, log: str) -> list[int]:
    """Return the positions in the index at which the audit log has nothing."""
    positions: set[int] = set()
    for table in (decisions, answers):
        same = select(audit.c.act).where(
            audit.c.log == table.c.log, audit.c.position == table.c.position
        )
        query = select(table.c.position).where(table.c.log == log, ~same.exists())
        positions |= set(view.connection.execute(query).scalars())
    return sorted(positions)


def _line(row: RowMapping) -> Line:
    indexed = None if row["request_id"] is None else _decided(row)
    answer = None
    if row["answer_to"] is not None:
        names = ("answer_to", "answer_sha256", "answer_grant", "tokens", "answered_at")
        answer = IndexedAnswer(*(row[name] for name in names))
    return Line(row["place"], row["act"], row["salt"], row["entry"], indexed, answer)


def _decided(row: RowMapping) -> Decided:
    values: dict[str, object] = {name: row[name] for name in _WHOLE}
    values |= {name: tuple(row[name].split()) for name in _LISTS}
    return Decided.model_validate({**values, "facts": orjson.loads(row["facts"])})
