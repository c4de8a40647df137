"""Opening the database, and the two ways into it: a transaction to change, a view to read."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

from corridor.core.clock import Clock
from corridor.core.errors import Unavailable
from corridor.core.store.migrations import Migration, migrate
from corridor.core.store.transaction import Identity, Transaction, View

BUSY_TIMEOUT_MS = 10_000


class StoreUnavailable(Unavailable):
    """The database cannot be opened, read or written."""

    advice = (
        "Check that the folder exists, that this user may write it, and that the disk has room."
    )


@dataclass(frozen=True, slots=True)
class Store:
    """Where a node's records are."""

    engine: Engine
    identity: Identity
    clock: Clock

    @classmethod
    def open(
        cls, url: str, identity: Identity, clock: Clock, migrations: Sequence[Migration] = ()
    ) -> "Store":
        """Open the database at a SQLAlchemy URL and bring its tables up to date.

        Raises:
            StoreUnavailable: if it cannot be opened or written.
            SchemaTooNew: if a newer Corridor wrote it.
        """
        store = cls(_engine(url), identity, clock)
        with store._connected(write=True) as connection:
            migrate(connection, migrations)
        return store

    @contextmanager
    def transaction(self, actor: str) -> Generator[Transaction]:
        """Open a transaction; it commits, durably, when the block ends without an error.

        Raises:
            StoreUnavailable: if the database cannot be written.
        """
        with self._connected(write=True) as connection:
            yield Transaction(connection, self.identity, actor, self.clock)

    @contextmanager
    def view(self) -> Generator[View]:
        """Read the store as it is at one moment, whatever others write meanwhile.

        Raises:
            StoreUnavailable: if the database cannot be read.
        """
        with self._connected(write=False) as connection:
            yield View(connection, self.identity)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _connected(self, *, write: bool) -> Generator[Connection]:
        try:
            with (
                self.engine.connect().execution_options(corridor_write=write) as connection,
                connection.begin(),
            ):
                yield connection
        except (IntegrityError, ProgrammingError):  # a defect of ours, not of the database
            raise
        except DatabaseError as error:
            place = self.engine.url.database or "the database"
            raise StoreUnavailable(f"The store at {place} failed: {error.orig}.") from error


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction takes the write lock at once: one that took it late could meet another
    # writer half way, and SQLite then refuses without waiting.
    write = cast("bool", connection.get_execution_options().get("corridor_write", True))
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
