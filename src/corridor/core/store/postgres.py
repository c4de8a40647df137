"""PostgreSQL: one writer at a time among all processes and machines, in the order of commit.

A writer holds an advisory lock from the beginning of its transaction to its end; so the order in
which records arrive is the order in which they are committed, without a gap. The lock is the
database's: a node needs a database of its own, and whoever writes the tables without taking the
lock breaks that promise.
"""

from typing import cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from corridor.core.errors import Invalid
from corridor.core.store.errors import State, StoreUnavailable

CONNECT_SECONDS = 10
LOCK_MS = 10_000
"""How long a writer waits for the writers of other processes."""
STATEMENT_MS = 60_000
POOLED_CONNECTIONS = 16
WRITERS_LOCK = 0x636F727269646F72
"""The advisory lock's number: `corridor` in ASCII."""

STATES: dict[int, State] = {1: "open", 2: "open", 3: "failed"}
"""By libpq's PGTransactionStatusType."""

SESSION = (
    "SET synchronous_commit = on",
    f"SET lock_timeout = {LOCK_MS}",
    f"SET statement_timeout = {STATEMENT_MS}",
    "SET client_encoding = 'UTF8'",
)


def postgres_engine(url: URL) -> Engine:
    """Return an engine whose commits are durable and whose writers take turns.

    Raises:
        StoreUnavailable: if the driver is not installed.
        Invalid: if the address is ambiguous.
    """
    if "@" in (url.host or ""):
        raise Invalid(
            "The address of the database has more than one @.",
            hint="In a password write @ as %40, : as %3A and / as %2F.",
        )
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=POOLED_CONNECTIONS,
            max_overflow=POOLED_CONNECTIONS,
            pool_timeout=CONNECT_SECONDS,
            pool_pre_ping=True,  # a server that was started again is met by a new connection
            connect_args={"connect_timeout": CONNECT_SECONDS, **url.query},
        )
    except ImportError as error:
        raise StoreUnavailable(
            "The driver for PostgreSQL is not installed.",
            hint="Install the extra: pip install 'corridor[postgres]'.",
        ) from error
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def postgres_state(connection: Connection) -> State:
    """Say whether the transaction is open, failed (nothing more is taken), or gone."""
    if connection.invalidated:
        return "gone"
    driver = connection.connection.driver_connection
    status = cast("int", driver.info.transaction_status)  # pyright: ignore[reportOptionalMemberAccess]
    return STATES.get(status, "gone")


def _prepare(connection: DBAPIConnection, _: object) -> None:
    # Outside a transaction: a SET that is rolled back has never been.
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("; ".join(SESSION))
    cursor.close()
    connection.autocommit = False


def _begin(connection: Connection) -> None:
    if cast("bool", connection.get_execution_options().get("corridor_write", True)):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")
