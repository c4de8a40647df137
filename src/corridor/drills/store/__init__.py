"""The drills' own table: what is seen of a drill while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import orjson
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, delete, insert, select
from sqlalchemy import update as change

from corridor.core.store import Migration, Transaction, View
from corridor.drills.store import reminded, turns

_metadata = MetaData()
_live = Table(
    "drills_live",
    _metadata,
    Column("drill", Text, primary_key=True),  # the id of the record that says that it began
    Column("beat", BigInteger, nullable=False),
    Column("shown", Text, nullable=False),  # JSON
    Column("abort", Text, nullable=False),  # why; empty while nobody asks for it
)


def _create(connection: Connection) -> None:
    _metadata.create_all(connection)


MIGRATIONS = (
    Migration("drills", 1, _create),
    Migration("drills", 2, turns.create),
    Migration("drills", 3, reminded.create),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of a drill while it runs."""

    drill_id: str
    beat: int
    shown: Mapping[str, object]
    abort: str
    """Why it is to end; empty while nobody asks for that."""


def begin(tx: Transaction, drill_id: str) -> None:
    """Take up a drill."""
    tx.connection.execute(insert(_live).values(drill=drill_id, beat=0, shown="{}", abort=""))


def show(tx: Transaction, drill_id: str, shown: Mapping[str, object]) -> str:
    """Let a drill be heard of, and show how far it is; return why it is to end, empty if it is not."""
    text = orjson.dumps(shown).decode()
    here = _live.c.drill == drill_id
    tx.connection.execute(change(_live).where(here).values(beat=_live.c.beat + 1, shown=text))
    found = tx.connection.execute(select(_live.c.abort).where(here)).scalar()
    return "nothing is known of it any more" if found is None else str(found)


def asked_to_end(view: View, drill_id: str) -> str:
    """Return why a drill is to end; empty if it is not."""
    found = view.connection.execute(select(_live.c.abort).where(_live.c.drill == drill_id)).scalar()
    return "nothing is known of it any more" if found is None else str(found)


def ask_to_end(tx: Transaction, drill_id: str, why: str) -> None:
    """Ask a drill to end."""
    tx.connection.execute(change(_live).where(_live.c.drill == drill_id).values(abort=why))


def forget(tx: Transaction, drill_id: str) -> None:
    """Drop what was shown of a drill that is over."""
    tx.connection.execute(delete(_live).where(_live.c.drill == drill_id))


def seen(view: View) -> list[Seen]:
    """Return what is seen of drills that run; one at most, but for those that died."""
    rows = view.connection.execute(select(_live)).all()
    return [
        Seen(row.drill, row.beat, cast("dict[str, object]", orjson.loads(row.shown)), row.abort)
        for row in rows
    ]
