"""How often each holder of a lease has been heard of."""

from collections.abc import Collection

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, insert, select, update

from corridor.core.store import Migration, Transaction, View

_metadata = MetaData()
_leases = Table(
    "gateway_leases",
    _metadata,
    Column("holder", Text, primary_key=True),  # the id of a suspension
    Column("beat", BigInteger, nullable=False),
)


def _create(connection: Connection) -> None:
    _metadata.create_all(connection)


MIGRATION = Migration("gateway", 5, _create)


def beat(tx: Transaction, holders: Collection[str]) -> None:
    """Let holders be heard of once more."""
    for holder in holders:
        counted = update(_leases).where(_leases.c.holder == holder).values(beat=_leases.c.beat + 1)
        if not tx.connection.execute(counted).rowcount:
            tx.connection.execute(insert(_leases).values(holder=holder, beat=0))


def beats(view: View, holders: Collection[str]) -> dict[str, int]:
    """Return how often holders were heard of; who never was is not there."""
    found = select(_leases.c.holder, _leases.c.beat).where(_leases.c.holder.in_(holders))
    return {row.holder: row.beat for row in view.connection.execute(found)}
