"""Numbered migrations, forward only: each capability numbers its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from corridor.core.errors import Conflict
from corridor.core.store import schema

_metadata = MetaData()
_applied = Table(
    "migrations",
    _metadata,
    Column("room", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
)


class SchemaTooNew(Conflict):
    """The store was written by a newer Corridor than this one."""

    advice = "Install the newer version again; a store cannot go back."


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of a capability's tables. Numbers start at 1 and leave no gap."""

    room: str
    number: int
    apply: Callable[[Connection], None]


CORE = (Migration("core", 1, lambda connection: schema.metadata.create_all(connection)),)


def migrate(connection: Connection, migrations: Sequence[Migration]) -> int:
    """Apply what is missing, in order; return how many steps that were.

    Raises:
        SchemaTooNew: if the store has a step that this program does not know.
    """
    _metadata.create_all(connection)
    steps = 0
    every = (*CORE, *migrations)
    kept = connection.execute(select(_applied.c.room).distinct()).scalars()
    for room in dict.fromkeys([*(step.room for step in every), *kept]):
        known = [step for step in every if step.room == room]
        newest = select(func.max(_applied.c.number)).where(_applied.c.room == room)
        present = connection.execute(newest).scalar() or 0
        if present > len(known):
            raise SchemaTooNew(
                f"The store is at step {present} of {room}; this Corridor knows {len(known)}."
            )
        for step in known[present:]:
            step.apply(connection)
            connection.execute(insert(_applied).values(room=room, number=step.number))
            steps += 1
    return steps
