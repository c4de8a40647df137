"""Bodies that a project's retention keeps: sealed, with the moment at which they expire."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
)

from corridor.core.records import Part
from corridor.core.store import Migration, Transaction, View

_metadata = MetaData()
_retained = Table(
    "gateway_retained",
    _metadata,
    Column("seq", Integer, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("made_at", Float, nullable=False),  # seconds since the epoch, as expires_at
    Column("expires_at", Float, nullable=False),
    Column("size", Integer, nullable=False),  # of the body, in bytes
    Column("sealed", LargeBinary, nullable=False),
    Index("gateway_retained_by_request", "request_id"),
    Index("gateway_retained_by_end", "expires_at"),
)
MIGRATION = Migration("gateway", 3, lambda connection: _metadata.create_all(connection))


class RetainedBody(Part):
    """What is kept of one body, but for the body itself."""

    request_id: str
    project: str
    part: str
    """request or answer."""
    made_at: float
    """In seconds since the epoch."""
    expires_at: float
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class SealedBody:
    """A body that only the key of its day opens."""

    told: RetainedBody
    sealed: bytes


_TOLD = tuple(_retained.c[name] for name in RetainedBody.model_fields)


def keep_bodies(tx: Transaction, bodies: Sequence[SealedBody]) -> None:
    """Write bodies."""
    rows = [{**body.told.model_dump(), "sealed": body.sealed} for body in bodies]
    tx.connection.execute(insert(_retained), rows)


def retained_bodies(view: View, now: float, project: str | None = None) -> list[RetainedBody]:
    """Return what is kept and has not expired, newest first."""
    query = select(*_TOLD).where(_retained.c.expires_at > now).order_by(_retained.c.seq.desc())
    if project is not None:
        query = query.where(_retained.c.project == project)
    found = view.connection.execute(query).mappings()
    return [RetainedBody.model_validate(dict(row)) for row in found]


def bodies_of(view: View, request_id: str, now: float) -> list[SealedBody]:
    """Return the bodies of a request that have not expired."""
    query = select(_retained).where(
        _retained.c.request_id == request_id, _retained.c.expires_at > now
    )
    rows = view.connection.execute(query.order_by(_retained.c.seq)).mappings()
    return [
        SealedBody(
            RetainedBody.model_validate({name: row[name] for name in RetainedBody.model_fields}),
            row["sealed"],
        )
        for row in rows
    ]


def any_expired(view: View, now: float) -> bool:
    """Tell whether a body is there that has expired."""
    query = select(_retained.c.seq).where(_retained.c.expires_at <= now).limit(1)
    return view.connection.execute(query).first() is not None


def drop_expired(tx: Transaction, now: float) -> int:
    """Delete what has expired; return how many bodies that were."""
    return _dropped(tx, _retained.c.expires_at <= now)


def drop(tx: Transaction, project: str | None, request_id: str | None) -> int:
    """Delete the bodies of a project, of a request, or of both together; all if none is named."""
    which = _retained.c.seq > 0
    if project is not None:
        which &= _retained.c.project == project
    if request_id is not None:
        which &= _retained.c.request_id == request_id
    return _dropped(tx, which)


def _dropped(tx: Transaction, which: ColumnElement[bool]) -> int:
    query = select(_retained.c.seq).where(which)
    count = len(tx.connection.execute(query).all())
    tx.connection.execute(delete(_retained).where(which))
    return count
