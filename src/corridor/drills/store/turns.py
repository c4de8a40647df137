"""The turns of scheduled drills: what became of each window, one line for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Column, Connection, Float, MetaData, Table, Text, insert, select
from sqlalchemy import update as change

from corridor.core.store import Transaction, View

_metadata = MetaData()
_turns = Table(
    "drills_turns",
    _metadata,
    Column("schedule", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # on which the window opens: 2026-12-01
    Column("state", Text, nullable=False),  # waits, held, refused, skipped
    Column("why", Text, nullable=False),
    Column("drill", Text, nullable=False),  # its id; empty where none began
    Column("at", Float, nullable=False),
)


def create(connection: Connection) -> None:
    """Make the table."""
    _metadata.create_all(connection)


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of a window."""

    day: date
    state: str
    why: str
    drill: str
    at: float


def turns_of(view: View, schedule: str, most: int | None = None) -> Sequence[Turned]:
    """Return the turns of a schedule, the newest first."""
    query = select(_turns).where(_turns.c.schedule == schedule).order_by(_turns.c.day.desc())
    rows = view.connection.execute(query if most is None else query.limit(most)).all()
    return [
        Turned(date.fromisoformat(row.day), row.state, row.why, row.drill, row.at) for row in rows
    ]


def note(tx: Transaction, schedule: str, turned: Turned) -> None:
    """Write down what became of a window, in the place of what was written of it."""
    here = (_turns.c.schedule == schedule) & (_turns.c.day == turned.day.isoformat())
    values = {
        "state": turned.state,
        "why": turned.why,
        "drill": turned.drill,
        "at": turned.at,
    }
    if tx.connection.execute(change(_turns).where(here).values(**values)).rowcount == 0:
        day = turned.day.isoformat()
        tx.connection.execute(insert(_turns).values(schedule=schedule, day=day, **values))
