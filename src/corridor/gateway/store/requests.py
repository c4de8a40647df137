"""The account of requests: who was asked, who answered, how long it took; never what was said."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    delete,
    func,
    inspect,
    select,
)
from sqlalchemy.schema import CreateColumn

from corridor.core.records import Part
from corridor.core.store import Migration, Transaction, View

_metadata = MetaData()
_requests = Table(
    "gateway_requests",
    _metadata,
    Column("seq", Integer, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("at", Float, nullable=False),  # when the answer was complete, seconds since the epoch
    Column("caller", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("provider", Text, nullable=True),
    Column("outcome", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("project", Text, nullable=True),
    Column("key_id", Text, nullable=True),
    Column("model", Text, nullable=True),
    Column("model_sha256", Text, nullable=True),
    Column("tokens_in", BigInteger, nullable=True),
    Column("tokens_out", BigInteger, nullable=True),
    Column("cost", BigInteger, nullable=True),  # millionths of the currency's smallest unit
    Column("currency", Text, nullable=True),
    Column("price_id", Text, nullable=True),
    Column("first_byte_seconds", Float, nullable=True),
    Column("attempts", Integer, nullable=True),
    Column("stream", Boolean, nullable=True),
    Column("guard", Text, nullable=True),
    Column("guard_act", Text, nullable=True),
    Column("first_choice", Text, nullable=True),
    Index("gateway_requests_by_time", "at"),
)
MIGRATION = Migration("gateway", 1, lambda connection: _metadata.create_all(connection))


def add_columns(connection: Connection) -> None:
    """Give the account of an older Corridor the columns that it lacks."""
    present = {column["name"] for column in inspect(connection).get_columns(_requests.name)}
    for column in _requests.columns:
        if column.name not in present:
            written = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {_requests.name} ADD COLUMN {written}")


class Handled(Part):
    """One request and what became of it."""

    request_id: str
    at: float
    """When it was over, in seconds since the epoch."""
    caller: str
    """The label of the key."""
    target: str
    """The service or provider that was asked for."""
    language: str
    provider: str | None
    """Who answered."""
    outcome: str
    """served (by the first choice), moved (answered by another), failed, refused or left."""
    status: int
    seconds: float
    project: str | None = None
    """None where it is not known who asked."""
    key_id: str | None = None
    """The record of the key; None for a caller of a partner's node."""
    model: str | None = None
    """The model of whoever answered."""
    model_sha256: str | None = None
    tokens_in: int | None = None
    """As the provider says; None where it did not."""
    tokens_out: int | None = None
    cost: int | None = None
    """In millionths of the currency's smallest unit; None where a price or tokens are unknown."""
    currency: str | None = None
    price_id: str | None = None
    """The price table by which the cost was computed."""
    first_byte_seconds: float | None = None
    """Until the answer began."""
    attempts: int | None = None
    """How many providers were asked."""
    stream: bool | None = None
    guard: str | None = None
    """The guard that let it, or its answer, not go on."""
    guard_act: str | None = None
    """refused (the request), kept_back (the answer), or failed_closed (the guard could not work)."""
    first_choice: str | None = None
    """The provider that was to be asked first."""


def keep(tx: Transaction, handled: Sequence[Handled]) -> None:
    """Write what became of some requests."""
    tx.insert(_requests, [{**vars(item)} for item in handled])


def handled_between(
    view: View,
    since: datetime,
    until: datetime,
    after: int = 0,
    targets: Collection[str] | None = None,
) -> list[Handled]:
    """Return the requests that were over in a stretch of time, oldest first.

    `after` a line of the account, as `last_line` gave it, only those that were written since; of
    `targets` alone, where they are named.
    """
    query = (
        select(_requests)
        .where(*_between(since, until), _requests.c.seq > after)
        .order_by(_requests.c.at, _requests.c.seq)
    )
    if targets is not None:
        query = query.where(_requests.c.target.in_(targets))
    return _handled(view, query)


def counts_between(view: View, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many requests were over in a stretch of time, by what was asked for."""
    query = (
        select(_requests.c.target, func.count().label("number"))
        .where(*_between(since, until))
        .group_by(_requests.c.target)
    )
    return {row.target: int(row.number) for row in view.connection.execute(query)}


def handled_after(view: View, after: int, targets: Collection[str]) -> list[Handled]:
    """Return what was written into the account after a line about some services, in that order."""
    newer = select(_requests).where(_requests.c.seq > after, _requests.c.target.in_(targets))
    return _handled(view, newer.order_by(_requests.c.seq))


def last_line(view: View) -> int:
    """Return the number of the last line of the account."""
    return view.connection.execute(select(func.max(_requests.c.seq))).scalar() or 0


def handled_by_key(view: View, key_id: str, request_id: str) -> Handled | None:
    """Return the last request of this id that was made with a key."""
    query = (
        select(_requests)
        .where(_requests.c.request_id == request_id, _requests.c.key_id == key_id)
        .order_by(_requests.c.seq.desc())
        .limit(1)
    )
    row = view.connection.execute(query).mappings().first()
    if row is None:
        return None
    return Handled.model_validate({name: row[name] for name in Handled.model_fields})


def prune(tx: Transaction, before: datetime) -> int:
    """Forget single requests that were over before a moment; return how many."""
    gone = tx.connection.execute(delete(_requests).where(_requests.c.at < before.timestamp()))
    return gone.rowcount


def _between(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return _requests.c.at >= since.timestamp(), _requests.c.at <= until.timestamp()


def _handled(view: View, query: Select[Any]) -> list[Handled]:
    return [
        Handled.model_validate({name: row[name] for name in Handled.model_fields})
        for row in view.connection.execute(query).mappings()
    ]


def count(view: View) -> int:
    """Return how many single requests the account has."""
    return view.connection.execute(select(func.count()).select_from(_requests)).scalar_one()
