"""What guards blocked, counted by the hour, and which incident each count went into; never what was said."""

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from corridor.core.store import Migration, Transaction, View
from corridor.gateway.rules.incidents import Blocked, Opened
from corridor.gateway.store.requests import add_columns

_metadata = MetaData()
_blocked = Table(
    "gateway_blocked",
    _metadata,
    Column("hour", BigInteger, primary_key=True),  # hours since the epoch
    Column("target", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("guard", Text, primary_key=True),
    Column("act", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("model_sha256", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first_at", Float, nullable=False),  # seconds since the epoch, as the others
    Column("last_at", Float, nullable=False),
    Column("request_id", Text, nullable=False),  # of the first
)
_incidents = Table(
    "gateway_incidents",
    _metadata,
    Column("finding", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("guard", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("model_sha256", Text, nullable=False),
    Column("from_hour", BigInteger, nullable=False),
    Column("until_hour", BigInteger, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("told_at", Float, nullable=False),
)
PLACE = ("hour", "target", "language", "guard", "act", "model", "model_sha256")


def _create(connection: Connection) -> None:
    add_columns(connection)
    _metadata.create_all(connection)


MIGRATION = Migration("gateway", 4, _create)


def note_blocked(tx: Transaction, blocked: Iterable[Blocked]) -> None:
    """Add what guards blocked to the counts of their hours."""
    for each in blocked:
        place = [_blocked.c[name] == getattr(each, name) for name in PLACE]
        more = {"count": _blocked.c.count + each.count, "last_at": each.last_at}
        # One writer at a time, on both databases: nobody comes between the two.
        if not tx.connection.execute(update(_blocked).where(*place).values(more)).rowcount:
            tx.connection.execute(insert(_blocked).values(vars(each)))


def blocked_since(view: View, hour: int) -> list[Blocked]:
    """Return the counts from an hour on, oldest first."""
    query = (
        select(_blocked)
        .where(_blocked.c.hour >= hour)
        .order_by(_blocked.c.hour, _blocked.c.first_at)
    )
    return [Blocked(**row) for row in view.connection.execute(query).mappings()]


def opened_since(view: View, hour: int) -> list[Opened]:
    """Return the incidents that count what was blocked from an hour on, oldest first."""
    query = (
        select(_incidents)
        .where(_incidents.c.until_hour > hour)
        .order_by(_incidents.c.from_hour, _incidents.c.finding)
    )
    return [Opened(**row) for row in view.connection.execute(query).mappings()]


def note_opened(tx: Transaction, opened: Opened) -> None:
    """Take note of an incident that was opened."""
    tx.connection.execute(insert(_incidents).values(vars(opened)))


def note_told(tx: Transaction, finding: str, told: int, at: float) -> None:
    """Take note of how many an incident's last count had, and when it was."""
    same = _incidents.c.finding == finding
    tx.connection.execute(update(_incidents).where(same).values(told=told, told_at=at))


def prune_blocked(tx: Transaction, hour: int) -> None:
    """Forget counts before an hour; the incidents stay."""
    tx.connection.execute(delete(_blocked).where(_blocked.c.hour < hour))
