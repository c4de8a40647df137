"""How the store fails, and which failures of a database are a defect of ours instead."""

from typing import Literal

from sqlalchemy import URL
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from corridor.core.errors import Unavailable

State = Literal["open", "failed", "gone"]
"""Of a database transaction: taking statements; refusing all but a rollback; ended by itself."""

FAILURES = (DBAPIError, PoolTimeout)
DEFECTS = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
"""Failures that the caller's statement is to blame for."""


class StoreUnavailable(Unavailable):
    """The database cannot be opened, read or written."""

    advice = (
        "Check that the folder exists, that this user may write it, and that the disk has room."
    )


def place_of(url: URL) -> str:
    """Return where a database is, in words that hold neither user nor password."""
    if url.host is None:
        return url.database or "the database"
    port = f":{url.port}" if url.port else ""
    return f"{url.host}{port}/{url.database or ''}"


def store_unavailable(url: URL, error: DBAPIError | PoolTimeout) -> StoreUnavailable:
    """Return what to tell a caller of a failure of the database."""
    reason = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    first = reason.splitlines()[0].rstrip(".") if reason else type(error).__name__
    hint = None
    if url.get_backend_name() != "sqlite":
        hint = (
            "Check that the database server runs and can be reached, and that `store.url` has "
            "the right user, password and database. The node goes on by itself when it is back."
        )
    return StoreUnavailable(f"The store at {place_of(url)} failed: {first}.", hint=hint)
