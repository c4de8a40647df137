"""The questions federation puts to the store: how the exchange with each partner stands."""

from sqlalchemy import Column, MetaData, Table, Text, func, insert, select, update

from corridor.core.clock import Clock
from corridor.core.store import Migration, Transaction, View
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

MIGRATIONS: tuple[Migration, ...] = (
    Migration("federation", 1, lambda connection: metadata.create_all(connection)),
)


def sync_state(view: View, partner: str) -> SyncState:
    """Return how the exchange with a partner stands; before the first round nothing is known."""
    row = view.connection.execute(select(sync).where(sync.c.partner == partner)).mappings().first()
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


def note_failure(tx: Transaction, clock: Clock, partner: str, error: str) -> None:
    """Keep that a round failed, and why; what is known of earlier successes stays."""
    _write(tx, partner, {"failed_at": clock().isoformat(), "error": error})


def records_known(view: View, issuer: str) -> int:
    """Count the records of an issuer that this node has."""
    query = select(func.count()).select_from(records).where(records.c.issuer == issuer)
    return view.connection.execute(query).scalar_one()


def _write(tx: Transaction, partner: str, values: dict[str, str | None]) -> None:
    changed = tx.connection.execute(
        update(sync).where(sync.c.partner == partner).values(**values)
    ).rowcount
    if not changed:
        tx.connection.execute(insert(sync).values(partner=partner, **values))
