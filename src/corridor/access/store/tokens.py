"""The tokens of partners that were used: kept until none of them could be used again."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from corridor.access.store.schema import seen_tokens
from corridor.core.store import Transaction

KEPT_LONGER = timedelta(minutes=10)
"""After a token has ended: this node's clock may be set back by so much."""


def note_used(tx: Transaction, issuer: str, token: str, until: float) -> bool:
    """Note that a token is used; say whether it is for the first time.

    Writers take turns, so that of two workers which are shown the same token one learns of it.
    """
    same = (seen_tokens.c.issuer == issuer) & (seen_tokens.c.token == token)
    if tx.connection.execute(select(seen_tokens.c.until).where(same)).first() is not None:
        return False
    tx.connection.execute(insert(seen_tokens).values(issuer=issuer, token=token, until=until))
    return True


def forget_ended(tx: Transaction, now: datetime) -> int:
    """Forget the tokens that have ended long ago; return how many."""
    before = (now - KEPT_LONGER).timestamp()
    return tx.connection.execute(delete(seen_tokens).where(seen_tokens.c.until < before)).rowcount
