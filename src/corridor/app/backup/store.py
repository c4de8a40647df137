"""What a backup asks of the store: every table, whole, in an order that both databases share."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)

from corridor.core.store import Transaction, View
from corridor.core.store.migrations import steps_of
from corridor.core.store.schema import audit, log_nodes, state

DERIVED = frozenset({"migrations", "log_nodes"})
"""Not in a backup: the steps are in its manifest, and the trees grow anew from their entries."""
ORDER: Mapping[str, tuple[str, ...]] = {"records": ("issuer", "position")}
"""Where the order of rows is not that of the primary key: a log is read in its own order."""
BATCH = 128
"""How many rows are in memory at a time; envelopes can be large."""

Value = str | int | float | bytes | None


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as it is streamed."""

    table: str
    columns: tuple[str, ...]
    lines: Iterator[bytes]


def steps(view: View) -> dict[str, int]:
    """Return how far the store has come in each room."""
    return steps_of(view.connection)


def origins(view: View) -> list[str]:
    """Return every log that is kept here, in the order in which a backup holds them."""
    query = select(log_nodes.c.log).distinct().where(log_nodes.c.level == 0)
    return sorted(view.connection.execute(query).scalars())


def count(view: View) -> int:
    """Count the rows that a backup will hold."""
    every = _reflected(view.connection).values()
    return sum(
        view.connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in every
    )


def tables(view: View) -> Iterator[Rows]:
    """Yield every table of the store; each is to be read before the next is asked for."""
    for name, table in sorted(_reflected(view.connection).items()):
        columns = tuple(column.name for column in table.columns)
        yield Rows(name, columns, _lines(view.connection, table))


def is_empty(view: View) -> bool:
    """Say whether no row is in any table but what a new store says of itself."""
    return all(
        view.connection.execute(select(1).select_from(table).limit(1)).first() is None
        for table in _reflected(view.connection).values()
        if table.name != state.name
    )


def audit_entries(view: View, log: str, start: int, limit: int) -> list[tuple[bytes, bytes]]:
    """Return salt and entry of a stretch of an audit log, the one in use or one before it."""
    query = (
        select(audit.c.salt, audit.c.entry)
        .where(audit.c.log == log, audit.c.position >= start, audit.c.position < start + limit)
        .order_by(audit.c.position)
    )
    return [(row.salt, row.entry) for row in view.connection.execute(query)]


def fill(tx: Transaction, table: str, columns: Sequence[str], rows: Iterator[list[Value]]) -> None:
    """Write rows into a table that is empty, and may have columns that the rows lack."""
    target = _reflected(tx.connection)[table]
    if table == state.name:
        tx.connection.execute(delete(target))
    batch: list[dict[str, Value]] = []
    for row in rows:
        batch.append(dict(zip(columns, row, strict=True)))
        if len(batch) == BATCH:
            tx.connection.execute(insert(target), batch)
            batch = []
    if batch:
        tx.connection.execute(insert(target), batch)
    _go_on_counting(tx.connection, target)


def row_of(line: bytes) -> list[Value]:
    """Read a row."""
    return [
        base64.b64decode(value["b"]) if isinstance(value, dict) else value
        for value in cast("list[Value | dict[str, str]]", orjson.loads(line))
    ]


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    names = ORDER.get(table.name) or [column.name for column in table.primary_key]
    query = select(table).order_by(*(_ordered(connection, table, name) for name in names))
    streamed = query.execution_options(yield_per=BATCH)
    for row in connection.execute(streamed):
        yield orjson.dumps([_plain(value) for value in row]) + b"\n"


def _ordered(connection: Connection, table: Table, name: str) -> ColumnElement[Value]:
    column = table.c[name]
    if connection.dialect.name == "postgresql" and isinstance(column.type, Text):
        return column.collate("C")  # by bytes, as SQLite does and as verifying expects
    return column


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {"b": base64.b64encode(value).decode()}
    return value


def _reflected(connection: Connection) -> dict[str, Table]:
    names = [name for name in inspect(connection).get_table_names() if name not in DERIVED]
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    return dict(metadata.tables)


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let the database number new rows after those that were written with a number."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key:
        query = text("SELECT pg_get_serial_sequence(:table, :column)")
        names = {"table": table.name, "column": column.name}
        if sequence := connection.execute(query, names).scalar():
            highest = connection.execute(select(func.max(column))).scalar()
            if highest is not None:
                connection.execute(select(func.setval(sequence, highest)))
