"""The account of requests: who was asked, who answered, how long it took; never what was said."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, Float, Index, Integer, MetaData, Table, Text, insert, select

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
    Index("gateway_requests_by_time", "at"),
)
MIGRATION = Migration("gateway", 1, lambda connection: _metadata.create_all(connection))


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


def keep(tx: Transaction, handled: Sequence[Handled]) -> None:
    """Write what became of some requests."""
    tx.connection.execute(insert(_requests), [item.model_dump() for item in handled])


def handled_between(view: View, since: datetime, until: datetime) -> list[Handled]:
    """Return the requests that were over in a stretch of time, oldest first."""
    query = (
        select(_requests)
        .where(_requests.c.at >= since.timestamp(), _requests.c.at <= until.timestamp())
        .order_by(_requests.c.at, _requests.c.seq)
    )
    return [
        Handled.model_validate({name: row[name] for name in Handled.model_fields})
        for row in view.connection.execute(query).mappings()
    ]
