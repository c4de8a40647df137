"""What other nodes last vouched for: one lease each."""

from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from corridor.access.records import Lease
from corridor.access.rules.borders import is_news
from corridor.access.store.schema import leases
from corridor.core.store import Transaction, View

_NEWEST = select(leases)  # built once: it is asked for twenty times a second


def heard(view: View) -> dict[str, Lease]:
    """Return the newest lease of each issuer, addressed to this node."""
    return {
        row.issuer: Lease(
            issuer=row.issuer,
            audience=view.identity.name,
            made_at=datetime.fromtimestamp(row.made_at, UTC),
            log_size=row.log_size,
        )
        for row in view.connection.execute(_NEWEST)
    }


def heard_at(view: View) -> dict[str, datetime]:
    """Return when, by this node's clock, the newest lease of each issuer came."""
    query = select(leases.c.issuer, leases.c.heard_at)
    return {
        row.issuer: datetime.fromtimestamp(row.heard_at, UTC)
        for row in view.connection.execute(query)
    }


def keep(tx: Transaction, lease: Lease, heard_at: datetime) -> bool:
    """Keep a lease unless a newer one of its issuer is here; say whether it is new.

    Raises:
        NotTrusted: if its issuer's log has shrunk since the one that is here.
    """
    if not is_news(lease, heard(tx).get(lease.issuer), heard_at):
        return False
    tx.connection.execute(delete(leases).where(leases.c.issuer == lease.issuer))
    tx.connection.execute(
        insert(leases).values(
            issuer=lease.issuer,
            made_at=lease.made_at.timestamp(),
            log_size=lease.log_size,
            heard_at=heard_at.timestamp(),
        )
    )
    return True
