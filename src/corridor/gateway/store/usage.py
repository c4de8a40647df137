"""The sums of the account by the hour, which stay when single requests are forgotten."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Float,
    Index,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)

from corridor.core.records import Part
from corridor.core.store import Migration, Transaction, View
from corridor.gateway.store.requests import Handled, add_columns
from corridor.gateway.store.shares import METADATA as SHARES

HOUR = 3600
TAG = re.compile(r"[a-z]{2,3}-[A-Z][a-z]{3}(-[A-Z]{2})?\Z")
By = Literal["key", "project", "service", "provider", "language"]
COLUMNS: dict[By, str] = {
    "key": "key_id",
    "project": "project",
    "service": "target",
    "provider": "provider",
    "language": "language",
}
DIMENSIONS = ("hour", "key_id", "project", "target", "provider", "language", "outcome", "currency")
SUMS = ("requests", "tokens_in", "tokens_out", "untold", "cost", "unpriced", "seconds")

_metadata = MetaData()
_hours = Table(
    "gateway_hours",
    _metadata,
    Column("hour", BigInteger, primary_key=True),  # hours since the epoch
    Column("key_id", Text, primary_key=True),  # empty where there is none, as below
    Column("project", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("untold", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("unpriced", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Index("gateway_hours_by_project", "project", "hour"),
)


def _second(connection: Connection) -> None:
    add_columns(connection)
    _metadata.create_all(connection)
    SHARES.create_all(connection)


MIGRATION = Migration("gateway", 2, _second)

# Built once: to build a statement costs more than to run it.
_ADD = (
    update(_hours)
    .where(*(_hours.c[name] == bindparam(f"of_{name}") for name in DIMENSIONS))
    .values({name: _hours.c[name] + bindparam(f"more_{name}") for name in SUMS})
)
_BEGIN = insert(_hours)


class Sum(Part):
    """What the requests of one key, project, service, provider or language came to."""

    name: str | None
    """None for requests of which it is not known, or that have none."""
    currency: str | None
    """None for those that cost nothing that is known."""
    requests: int
    answered: int
    """Of these: served or moved."""
    tokens_in: int
    """Of the answers whose tokens are known."""
    tokens_out: int
    untold: int
    """Answers whose tokens are not known."""
    cost: int
    """In millionths of the currency's smallest unit, of the answers whose cost is known."""
    unpriced: int
    """Answers whose cost is not known."""
    seconds: float
    """How long all of them took together."""


def roll_up(tx: Transaction, handled: Sequence[Handled]) -> None:
    """Add requests to the sums of their hours."""
    sums: dict[tuple[object, ...], list[float]] = {}
    for item in handled:
        found = sums.setdefault(_place(item), [0] * len(SUMS))
        for at, amount in enumerate(_amounts(item)):
            found[at] += amount
    for place, amounts in sums.items():
        keys = dict(zip(DIMENSIONS, place, strict=True))
        more = dict(zip(SUMS, amounts, strict=True))
        same = {f"of_{name}": value for name, value in keys.items()}
        added = {f"more_{name}": value for name, value in more.items()}
        # One writer at a time, on both databases: nobody comes between the two.
        if not tx.connection.execute(_ADD, {**same, **added}).rowcount:
            tx.connection.execute(_BEGIN, {**keys, **more})


def sums(view: View, by: By, since: datetime, until: datetime) -> list[Sum]:
    """Return what requests came to from the hour of one moment to that of another, both whole."""
    column = _hours.c[COLUMNS[by]]
    answered = _hours.c.outcome.in_(("served", "moved"))
    totals = [func.sum(_hours.c[name]).label(name) for name in SUMS]
    query = (
        select(
            column.label("name"),
            _hours.c.currency,
            func.coalesce(func.sum(_hours.c.requests).filter(answered), 0).label("answered"),
            *totals,
        )
        .where(_hours.c.hour >= hour_of(since.timestamp()))
        .where(_hours.c.hour <= hour_of(until.timestamp()))
        .group_by(column, _hours.c.currency)
        .order_by(column, _hours.c.currency)
    )
    return [
        Sum.model_validate(
            {**row, "name": row["name"] or None, "currency": row["currency"] or None}
        )
        for row in view.connection.execute(query).mappings()
    ]


class Load(Part):
    """How many requests came to something of one service in one language, by one key."""

    target: str
    language: str
    key_id: str
    """Empty where there was none."""
    project: str
    requests: int


COUNTED = ("served", "moved", "failed")
"""What becomes of requests that providers were to answer."""


def loads(view: View, since: datetime, until: datetime) -> list[Load]:
    """Return how many requests came from the hour of one moment to that of another, both whole."""
    columns = [_hours.c[name] for name in ("target", "language", "key_id", "project")]
    query = (
        select(*columns, func.sum(_hours.c.requests).label("requests"))
        .where(_in_hours(since, until), _hours.c.outcome.in_(COUNTED))
        .group_by(*columns)
        .order_by(*columns)
    )
    return [Load.model_validate(dict(row)) for row in view.connection.execute(query).mappings()]


def busiest(view: View, since: datetime, until: datetime) -> int:
    """Return how many requests came in the hour in which most did."""
    requests = func.sum(_hours.c.requests)
    query = (
        select(requests)
        .where(_in_hours(since, until), _hours.c.outcome.in_(COUNTED))
        .group_by(_hours.c.hour)
        .order_by(requests.desc())
        .limit(1)
    )
    return int(view.connection.execute(query).scalar() or 0)


def _in_hours(since: datetime, until: datetime) -> ColumnElement[bool]:
    return _hours.c.hour.between(hour_of(since.timestamp()), hour_of(until.timestamp()))


def hour_of(at: float) -> int:
    """Return the hour of a moment, in hours since the epoch."""
    return int(at // HOUR)


def tag_of(language: str) -> str:
    """Return a language as sums are kept by it; `und` for what is no tag.

    A caller may declare any language: each would be a row of its own.
    """
    return language if TAG.match(language) else "und"


def _place(item: Handled) -> tuple[object, ...]:
    return (
        hour_of(item.at),
        item.key_id or "",
        item.project or "",
        item.target,
        item.provider or "",
        tag_of(item.language),
        item.outcome,
        item.currency or "",
    )


def _amounts(item: Handled) -> tuple[float, ...]:
    was_answered = item.provider is not None and item.status < 400
    untold = was_answered and (item.tokens_in is None or item.tokens_out is None)
    unpriced = was_answered and item.cost is None
    told = (item.tokens_in or 0, item.tokens_out or 0, int(untold), item.cost or 0, int(unpriced))
    return (1, *told, item.seconds)
