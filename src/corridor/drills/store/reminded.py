"""Of what an operator was reminded already, so that the node's log says each once."""

from sqlalchemy import Column, Connection, MetaData, Table, Text, insert, select

from corridor.core.store import Transaction
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


def is_news(tx: Transaction, reminder: Reminder) -> bool:
    """Take note of a reminder; tell whether it is for the first time."""
    since = f"{reminder.changed_at.isoformat()} {reminder.last_drill or ''}"
    same = (
        (_reminded.c.what == reminder.what)
        & (_reminded.c.name == reminder.name)
        & (_reminded.c.since == since)
    )
    if tx.connection.execute(select(_reminded.c.what).where(same)).first() is not None:
        return False
    values = {"what": reminder.what, "name": reminder.name, "since": since}
    tx.connection.execute(insert(_reminded).values(**values))
    return True
