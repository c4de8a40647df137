"""Tool calls of agents in the store: their arguments are there only while a person may see them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    MetaData,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from corridor.access.records.tool_calls import Call
from corridor.core.store import Migration, Transaction, View, tables

_metadata = MetaData()

tool_calls = Table(
    "access_tool_calls",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("principal", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("grant_id", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("arguments_sha256", Text, nullable=False),
    Column("overseer", Boolean, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reasons", Text, nullable=False),  # codes with spaces between
    Column("made_at", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("arguments", Text, nullable=True),  # only while it waits, as the next
    Column("why", Text, nullable=True),
    Column("used_at", Float, nullable=True),
    Index("access_tool_calls_by_verdict", "verdict", "until"),
)
MIGRATION = Migration("access", 2, tables(_metadata))


def keep(tx: Transaction, call: Call) -> None:
    """Keep a call that was just decided upon, or waits."""
    fields = {column.name: getattr(call, column.name) for column in tool_calls.columns}
    tx.connection.execute(insert(tool_calls).values({**fields, "reasons": " ".join(call.reasons)}))


def call_by_id(view: View, call_id: str) -> Call | None:
    """Return one call, or None."""
    row = view.connection.execute(select(tool_calls).where(tool_calls.c.id == call_id)).first()
    return None if row is None else _call(row)


def waiting(view: View, now: float) -> Iterator[Call]:
    """Yield the calls that wait for a person, those whose time ends first first."""
    query = select(tool_calls).where(tool_calls.c.verdict == "wait", tool_calls.c.until > now)
    for row in view.connection.execute(query.order_by(tool_calls.c.until, tool_calls.c.id)):
        yield _call(row)


def waiting_of(view: View, grant_id: str) -> int:
    """Return how many calls under a grant wait."""
    query = select(func.count()).select_from(tool_calls)
    query = query.where(tool_calls.c.verdict == "wait", tool_calls.c.grant_id == grant_id)
    return view.connection.execute(query).scalar_one()


def overdue(view: View, now: float) -> list[Call]:
    """Return the calls that nobody answered in time."""
    query = select(tool_calls).where(tool_calls.c.verdict == "wait", tool_calls.c.until <= now)
    return [_call(row) for row in view.connection.execute(query.order_by(tool_calls.c.until))]


def settle(tx: Transaction, call: Call) -> bool:
    """Keep what was decided on a call that waited, and forget its content.

    It says False where somebody else was first.
    """
    done = tx.connection.execute(
        update(tool_calls)
        .where(tool_calls.c.id == call.id, tool_calls.c.verdict == "wait")
        .values(
            verdict=call.verdict,
            reasons=" ".join(call.reasons),
            until=call.until,
            arguments=None,
            why=None,
        )
    )
    return done.rowcount == 1


def use(tx: Transaction, call_id: str, now: float) -> bool:
    """Mark an allowed call as used; say False where it was before."""
    unused = (tool_calls.c.verdict == "allow") & tool_calls.c.used_at.is_(None)
    done = tx.connection.execute(
        update(tool_calls).where(tool_calls.c.id == call_id, unused).values(used_at=now)
    )
    return done.rowcount == 1


def forget(tx: Transaction, before: float) -> int:
    """Forget the calls whose time ended before a moment; return how many."""
    over = (tool_calls.c.verdict != "wait") & (tool_calls.c.until < before)
    return tx.connection.execute(delete(tool_calls).where(over)).rowcount


def _call(row: Row[Any]) -> Call:
    return Call(
        id=row.id,
        principal=row.principal,
        project=row.project,
        grant_id=row.grant_id,
        tool=row.tool,
        arguments_sha256=row.arguments_sha256,
        overseer=row.overseer,
        verdict=row.verdict,
        reasons=tuple(row.reasons.split()),
        made_at=row.made_at,
        until=row.until,
        arguments=row.arguments,
        why=row.why,
        used_at=row.used_at,
    )
