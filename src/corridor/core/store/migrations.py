"""Numbered migrations, forward only: each capability numbers its own.

A store is made with every step of the program that makes it. One that an older program made is
refused until its operator runs the steps that it lacks (`corridor node upgrade`); one that a newer
program made is refused for good.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    text,
)

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


class SchemaTooOld(Conflict):
    """The store was written by an older Corridor and has not been upgraded."""

    advice = "Stop the node, make a backup, and run `corridor node upgrade`."


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of a capability's tables. Numbers start at 1 and leave no gap."""

    room: str
    number: int
    apply: Callable[[Connection], None]


def tables(metadata: MetaData, *names: str) -> Callable[[Connection], None]:
    """Return a step that creates some tables where they are missing; without names, all."""

    def apply(connection: Connection) -> None:
        chosen = [metadata.tables[name] for name in names] or None
        metadata.create_all(connection, tables=chosen)

    return apply


def _second(connection: Connection) -> None:
    tables(schema.metadata, "hidden_entries", "record_marks", "audit_entries", "store_state")(
        connection
    )
    if all(c["name"] != "minor" for c in inspect(connection).get_columns("records")):
        connection.execute(text("ALTER TABLE records ADD COLUMN minor INTEGER NOT NULL DEFAULT 0"))


CORE = (
    Migration("core", 1, tables(schema.metadata, "records", "log_nodes", "jobs")),
    Migration("core", 2, _second),
)


def is_new(connection: Connection) -> bool:
    """Say whether no program has made tables here yet."""
    return not inspect(connection).has_table(_applied.name)


def check(connection: Connection, migrations: Sequence[Migration]) -> None:
    """Check that the store is as this program knows it.

    The core's own steps are always meant too, unless some of them are among those given.

    Raises:
        SchemaTooNew: if the store has a step that this program does not know.
        SchemaTooOld: if it lacks one.
    """
    lacking = _lacking(connection, migrations)
    if lacking:
        rooms = ", ".join(dict.fromkeys(step.room for step in lacking))
        raise SchemaTooOld(f"The store lacks {len(lacking)} steps of this Corridor ({rooms}).")


def migrate(connection: Connection, migrations: Sequence[Migration]) -> int:
    """Apply what is missing, in order; return how many steps that were. The steps are as in `check`.

    Raises:
        SchemaTooNew: if the store has a step that this program does not know.
    """
    _metadata.create_all(connection)
    lacking = _lacking(connection, migrations)
    for step in lacking:
        step.apply(connection)
        connection.execute(insert(_applied).values(room=step.room, number=step.number))
    return len(lacking)


def steps_of(connection: Connection) -> dict[str, int]:
    """Return how far the store has come in each room."""
    query = select(_applied.c.room, func.max(_applied.c.number)).group_by(_applied.c.room)
    return {room: number for room, number in connection.execute(query)}


def _lacking(connection: Connection, migrations: Sequence[Migration]) -> list[Migration]:
    # A backup of an older Corridor is restored into the core's tables as they were.
    names_core = any(step.room == CORE[0].room for step in migrations)
    every = tuple(migrations) if names_core else (*CORE, *migrations)
    present = steps_of(connection)
    lacking: list[Migration] = []
    for room in dict.fromkeys([*(step.room for step in every), *present]):
        known = [step for step in every if step.room == room]
        done = present.get(room, 0)
        if done > len(known):
            raise SchemaTooNew(
                f"The store is at step {done} of {room}; this Corridor knows {len(known)}."
            )
        lacking += known[done:]
    return lacking
