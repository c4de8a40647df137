"""Invitations of this node: which are open, and who used one and waits to be confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, MetaData, Table, Text, delete, func, insert, select, update

from corridor.core.store import Migration, Transaction, View, tables
from corridor.federation.records import Waiting

metadata = MetaData()

invitations = Table(
    "federation_invitations",
    metadata,
    Column("nonce", Text, primary_key=True),  # its SHA-256, in hex
    Column("expires", Text, nullable=False),  # ISO 8601, UTC
    Column("name", Text, nullable=True),  # of the node that used it, with its address and key
    Column("url", Text, nullable=True),
    Column("public_key", Text, nullable=True),
    Column("used_at", Text, nullable=True),
    Column("done", Text, nullable=True),  # when the operator confirmed that node
)

MIGRATION = Migration("federation", 3, tables(metadata))


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an invitation."""

    expires: datetime
    used_by: str | None
    """The key of the node that used it, in hex."""


def keep(tx: Transaction, nonce: str, expires: datetime) -> None:
    """Keep that an invitation is open, by the hash of its number."""
    tx.connection.execute(insert(invitations).values(nonce=nonce, expires=expires.isoformat()))


def forget(tx: Transaction, now: datetime) -> None:
    """Forget invitations that nobody used in time."""
    over = (invitations.c.expires <= now.isoformat()) & invitations.c.name.is_(None)
    tx.connection.execute(delete(invitations).where(over))


def how_many_open(view: View, now: datetime) -> int:
    """Count the invitations that can still be used."""
    query = select(func.count()).select_from(invitations)
    is_open = (invitations.c.expires > now.isoformat()) & invitations.c.name.is_(None)
    return view.connection.execute(query.where(is_open)).scalar_one()


def invitation(view: View, nonce: str) -> Kept | None:
    """Return what is kept of an invitation, by the hash of its number."""
    query = select(invitations.c.expires, invitations.c.public_key)
    row = view.connection.execute(query.where(invitations.c.nonce == nonce)).first()
    return None if row is None else Kept(datetime.fromisoformat(row.expires), row.public_key)


def use(tx: Transaction, nonce: str, by: Waiting) -> None:
    """Keep which node used an invitation."""
    tx.connection.execute(
        update(invitations)
        .where(invitations.c.nonce == nonce)
        .values(name=by.name, url=by.url, public_key=by.public_key, used_at=by.since.isoformat())
    )


def waiting(view: View) -> Sequence[Waiting]:
    """Return the nodes that used an invitation and are not confirmed yet, oldest first."""
    columns = (invitations.c.name, invitations.c.url, invitations.c.public_key)
    query = select(*columns, invitations.c.used_at.label("since")).order_by(invitations.c.used_at)
    unconfirmed = invitations.c.name.is_not(None) & invitations.c.done.is_(None)
    rows = view.connection.execute(query.where(unconfirmed)).mappings()
    return [Waiting.model_validate(dict(row)) for row in rows]


def finish(tx: Transaction, name: str, now: datetime) -> None:
    """Keep that a node of this name waits no more."""
    done = update(invitations).where(invitations.c.name == name).values(done=now.isoformat())
    tx.connection.execute(done)
