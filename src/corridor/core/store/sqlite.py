"""SQLite: one file, one writer at a time among all processes, readers that wait for nobody."""

import sqlite3
import time
from typing import cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from corridor.core.store.errors import State

BUSY_TIMEOUT_MS = 10_000
POOLED_CONNECTIONS = 16


def sqlite_engine(url: URL) -> Engine:
    """Return an engine whose commits are durable (WAL, `synchronous=FULL`)."""
    # The connection used last still has pages and statements in memory.
    engine = create_engine(url, pool_size=POOLED_CONNECTIONS, max_overflow=-1, pool_use_lifo=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def sqlite_state(connection: Connection) -> State:
    """Say whether the transaction is still there: SQLite ends it by itself when a disk is full."""
    return "open" if _driver(connection).in_transaction else "gone"


def _prepare(connection: DBAPIConnection, _: object) -> None:
    driver = cast("sqlite3.Connection", connection)
    driver.isolation_level = None  # we begin transactions ourselves, see _begin
    driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    # Of several that open a new file at once, SQLite refuses some this change without waiting.
    if not _free(driver, "PRAGMA journal_mode=WAL"):
        driver.execute("PRAGMA journal_mode=WAL")
    driver.execute("PRAGMA synchronous=FULL")


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
