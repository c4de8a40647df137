"""SQLite: one file, one writer at a time among all processes, readers that wait for nobody."""

import sqlite3
import time
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from corridor.core.store.errors import State

BUSY_TIMEOUT_MS = 10_000
POOLED_CONNECTIONS = 16
CACHE_KIB = 512
"""What each connection keeps of the file at most. SQLite's own is 2,000, for each; the system keeps the file for all of them."""
TOGETHER = (64, 32, 16, 8, 4, 2)
"""So many rows are put in by one statement. For each statement SQLite lets go of the interpreter's lock, and where
another thread is busy to get it back costs both more than the row does."""


def sqlite_engine(url: URL) -> Engine:
    """Return an engine whose commits are durable (WAL, `synchronous=FULL`)."""
    return _engine(url, POOLED_CONNECTIONS)


def sqlite_writing(engine: Engine) -> Engine:
    """Return the engine of those that write, of whom one at a time has the turn: it keeps one connection.

    What puts many rows in is more than a MiB once it is prepared, and each connection would come to
    prepare it. No other connection of this process makes what this one keeps of the file out of date.
    """
    return _engine(engine.url, 1)


def _engine(url: URL, pooled: int) -> Engine:
    # The connection used last still has pages and statements in memory.
    engine = create_engine(url, pool_size=pooled, max_overflow=-1, pool_use_lifo=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def sqlite_state(connection: Connection) -> State:
    """Say whether the transaction is still there: SQLite ends it by itself when a disk is full."""
    return "open" if _driver(connection).in_transaction else "gone"


def sqlite_put(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Put rows in by the driver itself: SQLAlchemy takes longer for a statement than SQLite for its rows.

    Raises:
        DBAPIError: as SQLAlchemy would.
    """
    driver, done = _driver(connection), 0
    try:
        for size in TOGETHER:
            while len(rows) - done >= size:
                values = tuple(chain.from_iterable(rows[done : done + size]))
                driver.execute(_of_many(statement, size), values)
                done += size
        if done < len(rows):
            driver.executemany(statement, rows[done:])
    except sqlite3.Error as error:
        dialect = connection.dialect
        raise DBAPIError.instance(statement, None, error, sqlite3.Error, dialect=dialect) from error


@lru_cache(maxsize=256)
def _of_many(statement: str, size: int) -> str:
    """Return the statement that puts in so many rows in the place of one.

    If one of them may not be there, those before it stay until the transaction is rolled back, as where
    they are put in one by one: else SQLite would copy each page before it changes it.
    """
    head, values, row = statement.rpartition(" VALUES ")
    return f"{head.replace('INSERT', 'INSERT OR FAIL', 1)}{values}{', '.join([row] * size)}"


def _prepare(connection: DBAPIConnection, _: object) -> None:
    driver = cast("sqlite3.Connection", connection)
    driver.isolation_level = None  # we begin transactions ourselves, see _begin
    driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    # Of several that open a new file at once, SQLite refuses some this change without waiting.
    if not _free(driver, "PRAGMA journal_mode=WAL"):
        driver.execute("PRAGMA journal_mode=WAL")
    driver.execute("PRAGMA synchronous=FULL")
    driver.execute(f"PRAGMA cache_size={-CACHE_KIB}")


def _begin(connection: Connection) -> None:
    # A writer takes the write lock at once: one that took it late could meet another writer
    # half way, and SQLite then refuses without waiting.
    if not cast("bool", connection.get_execution_options().get("corridor_write", True)):
        connection.exec_driver_sql("BEGIN")
    elif not _free(_driver(connection), "BEGIN IMMEDIATE"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # to fail as every statement does


def _free(driver: sqlite3.Connection, statement: str) -> bool:
    """Execute a statement as soon as no other process is in the way; say whether that worked."""
    # SQLite itself asks again only every 100 ms. Beside a process that writes without a pause
    # that is too seldom ever to find the lock free, so we ask every millisecond.
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    driver.execute("PRAGMA busy_timeout=1")
    try:
        while time.monotonic() < deadline:
            try:
                driver.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    return False
                time.sleep(0.001)
            else:
                return True
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
