"""Of what an operator was reminded already, so that the node's log says each once."""

from sqlalchemy import Column, Connection, MetaData, Table, Text, insert, select

from corridor.core.store import Transaction, View
from corridor.drills.records import Reminder

_metadata = MetaData()
_reminded = Table(
    "drills_reminded",
    _metadata,
    Column("what", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("since", Text, primary_key=True),  # of the change, and of the last drill
)


def create(connection: Connection) -> None:
    """Make the table."""
    _metadata.create_all(connection)


def is_said(view: View, reminder: Reminder) -> bool:
    """Tell whether the log said it already."""
    same = (
        (_reminded.c.what == reminder.what)
        & (_reminded.c.name == reminder.name)
        & (_reminded.c.since == _since(reminder))
    )
    return view.connection.execute(select(_reminded.c.what).where(same)).first() is not None


def note_said(tx: Transaction, reminder: Reminder) -> None:
    """Take note that the log says it."""
    values = {"what": reminder.what, "name": reminder.name, "since": _since(reminder)}
    tx.connection.execute(insert(_reminded).values(**values))


def _since(reminder: Reminder) -> str:
    return f"{reminder.changed_at.isoformat()} {reminder.last_drill or ''}"
