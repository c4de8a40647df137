"""How the exchange with each partner stands."""

from sqlalchemy import Column, MetaData, Table, Text, delete, func, insert, select, update

from corridor.core.clock import Clock
from corridor.core.store import Migration, Transaction, View, tables
from corridor.core.store.schema import records
from corridor.federation.records import SyncState

metadata = MetaData()

sync = Table(
    "federation_sync",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("succeeded_at", Text, nullable=True),  # ISO 8601, by this node's clock
    Column("failed_at", Text, nullable=True),
    Column("error", Text, nullable=True),
    Column("checkpoint", Text, nullable=True),
)

MIGRATION = Migration("federation", 1, tables(metadata, sync.name))

# The signed notes whose entries are being fetched at the moment.
targets = Table(
    "federation_targets",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("checkpoint", Text, nullable=False),
)

TARGETS = Migration("federation", 4, tables(metadata, targets.name))


def sync_state(view: View, partner: str) -> SyncState:
    """Return how the exchange with a partner stands; before the first round nothing is known."""
    query = (
        select(sync, targets.c.checkpoint.label("target"))
        .outerjoin(targets, targets.c.partner == sync.c.partner)
        .where(sync.c.partner == partner)
    )
    row = view.connection.execute(query).mappings().first()
    if row is None:
        return SyncState()
    return SyncState.model_validate({name: row[name] for name in SyncState.model_fields})


def note_success(tx: Transaction, clock: Clock, partner: str, checkpoint: str) -> None:
    """Keep that a round succeeded, and the partner's signed note."""
    now = clock().isoformat()
    _write(
        tx,
        partner,
        {"succeeded_at": now, "failed_at": None, "error": None, "checkpoint": checkpoint},
    )
    tx.connection.execute(delete(targets).where(targets.c.partner == partner))


def note_target(tx: Transaction, partner: str, checkpoint: str) -> None:
    """Keep the partner's signed note that is being worked towards."""
    _write(tx, partner, {})
    tx.connection.execute(delete(targets).where(targets.c.partner == partner))
    tx.connection.execute(insert(targets).values(partner=partner, checkpoint=checkpoint))


def note_failure(tx: Transaction, clock: Clock, partner: str, error: str) -> None:
    """Keep that a round failed, and why; what is known of earlier successes stays."""
    _write(tx, partner, {"failed_at": clock().isoformat(), "error": error})


def records_known(view: View, issuer: str) -> int:
    """Count the records of an issuer that this node has."""
    query = select(func.count()).select_from(records).where(records.c.issuer == issuer)
    return view.connection.execute(query).scalar_one()


def fitting(view: View, log: str, start: int, limit: int, room: int) -> int:
    """Return how many entries of a log from a position on have envelopes that fit into a room.

    At least one, however large.
    """
    query = (
        select(records.c.position, func.length(records.c.envelope))
        .where(records.c.issuer == log, records.c.position >= start)
        .where(records.c.position < start + limit)
        .order_by(records.c.position)
    )
    for position, size in view.connection.execute(query):
        room -= size
        if room < 0:
            return max(1, position - start)
    return limit


def _write(tx: Transaction, partner: str, values: dict[str, str | None]) -> None:
    row = {"partner": partner, **values}
    mine = sync.c.partner == partner
    if not tx.connection.execute(update(sync).where(mine).values(**row)).rowcount:
        tx.connection.execute(insert(sync).values(**row))
