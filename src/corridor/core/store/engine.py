"""Opening the database, and the two ways into it: a transaction to change, a view to read."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import URL, Connection, Engine, insert, make_url, select
from sqlalchemy.exc import ArgumentError, ProgrammingError

from corridor.core.clock import Clock
from corridor.core.errors import Conflict, Invalid
from corridor.core.store.additions import Additions, Put, Remembered
from corridor.core.store.errors import DEFECTS, FAILURES, State, store_unavailable
from corridor.core.store.groups import Writers
from corridor.core.store.listening import TELL, Listener
from corridor.core.store.migrations import Migration, check, is_new, migrate
from corridor.core.store.postgres import postgres_engine, postgres_state
from corridor.core.store.schema import state
from corridor.core.store.shapes import Identity, Reader
from corridor.core.store.sqlite import sqlite_engine, sqlite_put, sqlite_state, sqlite_writing
from corridor.core.store.transaction import Transaction
from corridor.core.store.view import OWNER, View


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of database: how to open it, what its transactions are in, how it tells of records."""

    engine: Callable[[URL], Engine]
    state_of: Callable[[Connection], State]
    tell: str | None = None
    put: Put | None = None
    writing: Callable[[Engine], Engine] = lambda engine: engine
    """The engine of those that write; the same as for all others, if nothing else is said."""


ENGINES: dict[str, Kind] = {
    "sqlite": Kind(sqlite_engine, sqlite_state, put=sqlite_put, writing=sqlite_writing),
    "postgresql": Kind(postgres_engine, postgres_state, TELL),
}


class OtherNode(Conflict):
    """The database holds the records of another node."""

    advice = "Give each node a database of its own: store.url or store.file in corridor.toml."


@dataclass(frozen=True, slots=True)
class Store:
    """Where a node's records are."""

    engine: Engine
    identity: Identity
    clock: Clock
    writers: Writers[Additions] = field(init=False, repr=False, compare=False)
    writing: Engine = field(init=False, repr=False, compare=False)
    """What writers connect by."""

    def __post_init__(self) -> None:
        kind = ENGINES[self.engine.url.get_backend_name()]
        pending = partial(Additions, tell=kind.tell, put=kind.put, remembered=Remembered())
        writers = Writers(self._begun, pending, kind.state_of)
        object.__setattr__(self, "writers", writers)  # the dataclass is frozen
        object.__setattr__(self, "writing", kind.writing(self.engine))

    @classmethod
    def open(
        cls,
        url: str,
        identity: Identity,
        clock: Clock,
        migrations: Sequence[Migration] = (),
        *,
        upgrade: bool = False,
    ) -> "Store":
        """Open the database at a SQLAlchemy URL; a new one gets its tables.

        With `upgrade`, the tables of an older Corridor are brought up to date.

        Raises:
            StoreUnavailable: if it cannot be opened or written.
            SchemaTooNew: if a newer Corridor wrote it.
            SchemaTooOld: if an older one wrote it, without `upgrade`.
            OtherNode: if it is another node's.
        """
        store = cls(_engine(url), identity, clock)
        try:
            with store._failures_told(), store._begun() as connection:
                if upgrade or is_new(connection):
                    migrate(connection, migrations)
                else:
                    check(connection, migrations)
                _belongs(connection, identity)
                connection.commit()
        except BaseException as error:
            store.close()
            if isinstance(error, ProgrammingError) and error.statement is None:  # connecting
                raise Invalid(f"The address of the store is wrong: {error.orig}.") from error
            raise
        return store

    @contextmanager
    def transaction(self, actor: str) -> Generator[Transaction]:
        """Open a transaction; it commits, durably, when the block ends without an error.

        Writers of several threads share a commit (`corridor.core.store.groups`), which nobody
        inside can tell: from when it first asks the store for anything, each body runs alone,
        after those before it, and lands whole or not.

        Raises:
            StoreUnavailable: if the database cannot be written.
            RuntimeError: if it is opened inside another transaction of this store.
        """
        with self._failures_told(), self.writers.turn() as member:
            yield Transaction(member, self.identity, actor, self.clock)

    @contextmanager
    def view(self) -> Generator[View]:
        """Read the store as it is at one moment, whatever others write meanwhile.

        Raises:
            StoreUnavailable: if the database cannot be read.
        """
        with (
            self._failures_told(),
            self.engine.connect().execution_options(**_reading(self.engine)) as connection,
            connection.begin(),
        ):
            yield View(Reader(connection), self.identity)

    def listener(self, wake: Callable[[], object]) -> Listener | None:
        """Return what calls `wake` as soon as a record is committed; None where one has to look."""
        kind = ENGINES[self.engine.url.get_backend_name()]
        return Listener(self.engine, wake) if kind.tell else None

    def close(self) -> None:
        """Close every connection."""
        self.writing.dispose()
        self.engine.dispose()

    def _begun(self) -> Connection:
        connection = self.writing.connect().execution_options(corridor_write=True)
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _failures_told(self) -> Generator[None]:
        try:
            yield
        except DEFECTS:
            raise
        except FAILURES as error:
            raise store_unavailable(self.engine.url, error) from error


def _belongs(connection: Connection, identity: Identity) -> None:
    """Check that the store is this node's, or make it so."""
    owner = connection.execute(select(state.c.value).where(state.c.name == OWNER)).scalar()
    if owner is None:
        connection.execute(insert(state).values(name=OWNER, value=identity.name))
    elif owner != identity.name:
        raise OtherNode(f"The store is that of the node {owner}, not of {identity.name}.")


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # its text, and a chain to it, could hold the password
        raise Invalid("The address of the store is no URL.", hint=_FORMS) from None
    known = ENGINES.get(parsed.get_backend_name())
    if known is None:
        raise Invalid(f"There is no store of the kind {parsed.get_backend_name()}.", hint=_FORMS)
    return known.engine(parsed)


def _reading(engine: Engine) -> dict[str, object]:
    if engine.dialect.name == "sqlite":  # a transaction there reads one moment by itself
        return {"corridor_write": False}
    return {
        "corridor_write": False,
        "isolation_level": "REPEATABLE READ",
        "postgresql_readonly": True,
    }


_FORMS = "Write postgresql://USER:PASSWORD@HOST/DATABASE, with @ : / in a password as %40 %3A %2F."
