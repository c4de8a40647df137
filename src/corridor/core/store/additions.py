"""What the writers of one group have added to logs in memory only, until it is written at once.

The trees' right edges are read once a group and kept; each addition is a few hashes and no SQL.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, func, insert, select, union_all

from corridor.core.commitments import SALT_BYTES
from corridor.core.errors import Conflict
from corridor.core.merkle import EMPTY, Edge, edge_at, leaf_hash
from corridor.core.store.schema import log_nodes, records, state

MOST_IDS = 65_536
MANY_SALTS = 64
CHUNK = 400
"""How many ids are asked for in one query; SQLite allows some thousand parameters."""

Ordered = Callable[[dict[str, object]], tuple[object, ...]]
Put = Callable[[Connection, str, Sequence[tuple[object, ...]]], None]
Place = tuple[str, str, int]
"""Issuer, record id, position."""


# Built once: to build a question costs several times as much as to ask it.
_PLACES = select(records.c.issuer, records.c.record_id, records.c.position)
_OF_ISSUER = _PLACES.where(records.c.issuer == bindparam("issuer"))
_SAME_PLACE = union_all(  # with OR, SQLite reads every record of the issuer
    _OF_ISSUER.where(records.c.record_id == bindparam("record_id")),
    _OF_ISSUER.where(records.c.position == bindparam("position")),
)
_AROUND = _OF_ISSUER.where(records.c.position.between(bindparam("first"), bindparam("last")))
_NODE = select(log_nodes.c.hash).where(
    log_nodes.c.log == bindparam("log"),
    log_nodes.c.level == bindparam("level"),
    log_nodes.c.idx == bindparam("idx"),
)
_NEWEST = (
    select(log_nodes.c.idx, log_nodes.c.hash)
    .where(log_nodes.c.log == bindparam("log"), log_nodes.c.level == 0)
    .order_by(log_nodes.c.idx.desc())
    .limit(1)
)
_HEAD = select(func.max(records.c.seq))
_FACTS = select(state.c.name, state.c.value)
_TABLES = {table.name: table for table in records.metadata.sorted_tables}


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the groups of one process need not find out anew."""

    edges: dict[str, tuple[Edge, bytes]] = field(default_factory=dict[str, tuple[Edge, bytes]])
    """By log: its edge as last committed, with the last leaf's hash: true while the log ends with
    that leaf at that size."""
    inserts: dict[str, tuple[str, Ordered | None]] = field(
        default_factory=dict[str, tuple[str, Ordered | None]]
    )
    """By table: the statement in the driver's words, and a row's values as it wants them where
    that is in order."""
    salts: list[bytes] = field(default_factory=list[bytes])
    """Made for entries to come: to ask the system for each would let other threads come between."""
    ids: dict[str, None] = field(default_factory=dict[str, None])
    """The ids made here of the last records that were appended, oldest first."""

    def salt(self) -> bytes:
        """Return a salt that nothing has had before."""
        if not self.salts:
            many = secrets.token_bytes(SALT_BYTES * MANY_SALTS)
            self.salts.extend(many[i : i + SALT_BYTES] for i in range(0, len(many), SALT_BYTES))
        return self.salts.pop()

    def keep_ids(self, new: Sequence[str]) -> None:
        """Remember ids that were committed, and forget the oldest."""
        self.ids.update(dict.fromkeys(new))
        for old in list(islice(self.ids, max(0, len(self.ids) - MOST_IDS))):
            del self.ids[old]


@dataclass(slots=True)
class Additions:
    """The additions of a group, with the connection that writes them."""

    connection: Connection
    tell: str | None = None
    """The statement that wakes whoever waits for new records, where the database can."""
    put: Put | None = None
    """Puts in rows whose values are in order, where the database has a way of its own."""
    remembered: Remembered = field(default_factory=Remembered)
    _rows: dict[str, list[dict[str, object]]] = field(default_factory=dict[str, Any])
    """By table: rows that are not written yet."""
    _edges: dict[str, Edge] = field(default_factory=dict[str, Edge])
    _last: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """By log: the hash of the last leaf that was added."""
    _taken: dict[tuple[object, object], None] = field(
        default_factory=dict[tuple[object, object], None]
    )
    """Issuer with record id or position, of the records that are not written yet."""
    _made: list[str] = field(default_factory=list[str])
    """The ids made here of the records that were added, written or not."""
    _facts: dict[str, str | None] | None = None
    _seq: int | None = None

    def mark(self) -> object:
        """Return the state now, for `rewind`."""
        # Rows are only ever added to these lists, and `flush` leaves the lists as they are.
        rows = {name: (rows, len(rows)) for name, rows in self._rows.items()}
        taken = self._taken, len(self._taken)
        return rows, dict(self._edges), dict(self._last), taken, self._seq, len(self._made)

    def rewind(self, mark: object) -> None:
        """Be again as at the mark; whatever was written since has been rolled back."""
        rows, edges, last, taken, seq, made = cast(
            "tuple[Any, Any, Any, Any, int | None, int]", mark
        )
        del self._made[made:]
        self._rows = {name: kept[:length] for name, (kept, length) in rows.items()}
        self._edges, self._last = dict(edges), dict(last)
        self._taken, self._seq = dict.fromkeys(islice(taken[0], taken[1])), seq
        self._facts = None

    def flush(self) -> None:
        """Write what is only in memory."""
        if self.tell is not None and self._rows.get(records.name):
            self.connection.exec_driver_sql(self.tell)
        for name, rows in self._rows.items():
            if rows:
                self._write(_TABLES[name], rows)
        self._rows, self._taken = {}, {}

    def committed(self) -> None:
        """Remember edges and ids for the next groups."""
        self.remembered.keep_ids(self._made)
        for log, last in self._last.items():
            self.remembered.edges[log] = (self._edges[log], last)

    def edge(self, log: str) -> Edge:
        """Return the right edge of a log's tree, additions included."""
        if log not in self._edges:
            self._edges[log] = self._edge_as_written(log)
        return self._edges[log]

    def grow(self, log: str, commitments: Sequence[bytes]) -> None:
        """Add entries at the end of a log's tree."""
        edge, nodes = self.edge(log), self._rows.setdefault(log_nodes.name, [])
        for commitment in commitments:
            self._last[log] = leaf_hash(commitment)
            edge, completed = edge.grown(self._last[log])
            nodes += [
                {"log": log, "level": level, "idx": index, "hash": value}
                for level, index, value in completed
            ]
        self._edges[log] = edge

    def add(self, table: Table, row: dict[str, object]) -> None:
        """Add a row to a table."""
        self._rows.setdefault(table.name, []).append(row)

    def insert(self, table: Table, rows: Sequence[dict[str, object]]) -> None:
        """Write rows now."""
        self._write(table, rows)

    def add_record(self, row: dict[str, object]) -> None:
        """Add a record, in the order of arrival."""
        last = self._seq
        if last is None:
            last = self.connection.execute(_HEAD).scalar() or 0
        self._seq = last + 1
        issuer = row["issuer"]
        self._taken[issuer, row["record_id"]] = self._taken[issuer, row["position"]] = None
        row["seq"] = self._seq
        self.add(records, row)

    def check_new(self, place: Place) -> None:
        """Check that a record whose id was made in this process may take the next place of a log.

        It has the id of another only if it was appended before, by this process: the store need
        not be asked.

        Raises:
            Conflict: if it was.
        """
        issuer, record_id, _ = place
        if record_id in self.remembered.ids or (issuer, record_id) in self._taken:
            raise _taken(*place)
        self._made.append(record_id)

    def check_free(self, places: Sequence[Place]) -> None:
        """Check that records may take these places.

        Raises:
            Conflict: if an issuer's position or record id is taken, here or twice among these.
        """
        seen = set(self._taken)
        for issuer, record_id, position in places:
            mine = {(issuer, record_id), (issuer, position)}
            if mine & seen:
                raise _taken(issuer, record_id, position)
            seen |= mine
        if len(places) == 1:
            [(issuer, record_id, position)] = places
            place = {"issuer": issuer, "record_id": record_id, "position": position}
            if row := self.connection.execute(_SAME_PLACE, place).first():
                raise _taken(*row)
            return
        self._check_unwritten(places)

    def fact(self, name: str) -> str | None:
        """Return a single fact about the store; all are read once a group."""
        if self._facts is None:
            self._facts = {row.name: row.value for row in self.connection.execute(_FACTS)}
        return self._facts.get(name)

    def forget_facts(self) -> None:
        """Read the facts anew when one is asked for."""
        self._facts = None

    def _write(self, table: Table, rows: Sequence[dict[str, object]]) -> None:
        """Write rows by the driver itself: SQLAlchemy would take as long for each as SQLite does."""
        name = table.name
        if name not in self.remembered.inserts:
            dialect = self.connection.dialect
            statement = insert(table).inline()  # nobody asks which number a row was given
            written = statement.compile(dialect=dialect, column_keys=[*rows[0]])
            order = written.positiontup
            ordered = cast("Ordered", itemgetter(*order)) if order else None
            self.remembered.inserts[name] = written.string, ordered
        statement, ordered = self.remembered.inserts[name]
        if self.put is None or ordered is None:
            self.connection.exec_driver_sql(statement, rows)
        else:
            self.put(self.connection, statement, [*map(ordered, rows)])

    def _check_unwritten(self, places: Sequence[Place]) -> None:
        for issuer in {place[0] for place in places}:
            ids = [place[1] for place in places if place[0] == issuer]
            positions = {place[2] for place in places if place[0] == issuer}
            around = {"issuer": issuer, "first": min(positions), "last": max(positions)}
            for row in self.connection.execute(_AROUND, around):
                if row.position in positions:
                    raise _taken(*row)
            for start in range(0, len(ids), CHUNK):
                same = records.c.record_id.in_(ids[start : start + CHUNK])
                query = _PLACES.where(records.c.issuer == issuer, same).limit(1)
                if row := self.connection.execute(query).first():
                    raise _taken(*row)

    def _edge_as_written(self, log: str) -> Edge:
        def node_at(level: int, index: int) -> bytes:
            place = {"log": log, "level": level, "idx": index}
            return cast("bytes", self.connection.execute(_NODE, place).scalar_one())

        newest = self.connection.execute(_NEWEST, {"log": log}).first()
        if newest is None:
            return EMPTY
        known, last = self.remembered.edges.get(log, (EMPTY, b""))
        size = newest.idx + 1
        return known if (known.size, last) == (size, newest.hash) else edge_at(size, node_at)


def _taken(issuer: str, record_id: str, position: int) -> Conflict:
    return Conflict(f"{issuer} has a record {record_id} or a position {position} already.")
