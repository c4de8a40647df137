"""PostgreSQL: what only a server can do to a store, and what it may never tell."""

import sys
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from support.builders import NOON, Note, a_store, an_identity
from support.postgres import PostgresServer, a_postgres_server, why_not

from corridor.app.assembly import open_node
from corridor.app.home import Home
from corridor.app.settings import settings_at
from corridor.core.errors import CorridorError, Invalid
from corridor.core.store import Store, StoreUnavailable
from corridor.core.store.postgres import WRITERS_LOCK

if missing := why_not():
    pytest.skip(missing, allow_module_level=True)
import psycopg

PASSWORD = "kept-to-ourselves"  # noqa: S105


@pytest.fixture
def store(postgres: PostgresServer) -> Iterator[Store]:
    opened = a_store(Path(), url=postgres.a_database())
    yield opened
    opened.close()


@pytest.fixture
def own_server() -> Generator[PostgresServer]:
    """A server that a test may stop."""
    with a_postgres_server() as server:
        yield server


def append(store: Store, said: str = "hello") -> None:
    with store.transaction("test") as tx:
        tx.append(Note(made_at=NOON, text=said))


def texts_in(store: Store) -> list[str]:
    with store.view() as view:
        return [note.text for note in view.own(Note)]


def refusal_of(url: str) -> CorridorError:
    with pytest.raises(CorridorError) as refusal:
        a_store(Path(), url=url)
    return refusal.value


def all_that_is_said(error: BaseException | None) -> str:
    """The error as a traceback would show it, with whatever it came from."""
    said = ""
    while error is not None:
        hint = error.hint if isinstance(error, CorridorError) else ""
        said += f"{error!r} {error} {hint}\n"
        error = error.__cause__ or error.__context__
    return said


class TestSessions:
    def test_a_commit_waits_until_the_disk_of_the_server_has_it(self, store: Store) -> None:
        with store.transaction("test") as tx:
            shown = tx.connection.exec_driver_sql("SHOW synchronous_commit").scalar()
        assert shown == "on"

    def test_a_role_that_would_not_wait_is_overruled(self, postgres: PostgresServer) -> None:
        url = postgres.a_database()
        postgres.ask(f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = off")
        store = a_store(Path(), url=url)
        with store.transaction("test") as tx:
            assert tx.connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        with store.view() as view:
            assert view.connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        store.close()

    def test_a_view_reads_one_moment_and_can_not_write(self, store: Store) -> None:
        append(store, "before")
        with store.view() as view:
            assert [note.text for note in view.own(Note)] == ["before"]
            append(store, "meanwhile")
            assert [note.text for note in view.own(Note)] == ["before"]
            with pytest.raises(DBAPIError, match="read-only"):
                view.connection.exec_driver_sql("DELETE FROM jobs")
        assert texts_in(store) == ["before", "meanwhile"]

    def test_after_a_view_the_same_connection_can_write_again(self, store: Store) -> None:
        for number in range(3):
            with store.view() as view:
                assert view.log_size() == number
            append(store)

    def test_a_writer_of_another_process_is_waited_for_no_longer_than_said(
        self, store: Store, postgres: PostgresServer
    ) -> None:
        name = store.engine.url.database or ""
        event.listen(store.engine, "connect", _impatient)
        store.engine.dispose()  # the next connection is an impatient one

        with psycopg.connect(postgres.url(name)) as other:
            other.execute(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})".encode())
            began = time.monotonic()
            with pytest.raises(StoreUnavailable, match="lock timeout"):
                append(store, "impatient")
            assert time.monotonic() - began >= PATIENCE_SECONDS
            assert texts_in(store) == []  # readers do not wait
        append(store, "next")
        assert texts_in(store) == ["next"]


PATIENCE_SECONDS = 0.1


def _impatient(connection: "psycopg.Connection[Any]", _: object) -> None:
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = {int(PATIENCE_SECONDS * 1000)}".encode())
    connection.autocommit = False


class TestFailures:
    def test_a_server_that_went_away_is_said_and_met_again_when_it_is_back(
        self, own_server: PostgresServer
    ) -> None:
        store = a_store(Path(), url=own_server.a_database())
        append(store, "before")

        def lose_the_server() -> None:
            with store.transaction("test") as tx:
                tx.append(Note(made_at=NOON, text="lost"))
                own_server.stop()
                tx.head()

        with pytest.raises(StoreUnavailable) as refusal:
            lose_the_server()
        assert "server" in str(refusal.value.hint)
        with pytest.raises(StoreUnavailable):
            append(store, "down")
        with pytest.raises(StoreUnavailable):
            texts_in(store)

        own_server.start()
        assert texts_in(store) == ["before"]
        append(store, "back")
        assert texts_in(store) == ["before", "back"]

        own_server.stop()
        own_server.start()  # while nobody used the store
        append(store, "again")
        assert texts_in(store) == ["before", "back", "again"]
        store.close()

    def test_a_connection_that_is_cut_under_a_writer_leaves_nothing_of_it(
        self, store: Store, postgres: PostgresServer
    ) -> None:
        def be_cut() -> None:
            with store.transaction("test") as tx:
                tx.append(Note(made_at=NOON, text="lost"))
                tx.head()  # written, not committed
                own = tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                postgres.ask(f"SELECT pg_terminate_backend({own})")

        with pytest.raises(StoreUnavailable):
            be_cut()
        append(store, "next")
        assert texts_in(store) == ["next"]

    def test_a_statement_that_takes_too_long_is_stopped(self, store: Store) -> None:
        def sleep() -> None:
            with store.transaction("test") as tx:
                tx.connection.exec_driver_sql("SET LOCAL statement_timeout = 50")
                tx.connection.exec_driver_sql("SELECT pg_sleep(30)")

        with pytest.raises(StoreUnavailable, match="timeout"):
            sleep()
        append(store, "next")
        assert texts_in(store) == ["next"]

    def test_a_writer_does_not_wait_for_readers_in_the_middle_of_a_view(self, store: Store) -> None:
        held = threading.Barrier(9)
        let_go = threading.Event()

        def read(_: int) -> int:
            with store.view() as view:
                size = view.log_size()
                held.wait(60)
                let_go.wait(60)
                return size

        with ThreadPoolExecutor(8) as pool:
            readers = pool.map(read, range(8))
            held.wait(60)
            append(store, "beside eight readers")
            let_go.set()
            assert list(readers) == [0] * 8
        assert texts_in(store) == ["beside eight readers"]


class TestAddresses:
    def test_a_server_that_is_not_there_is_named_with_what_to_do(
        self, postgres: PostgresServer
    ) -> None:
        url = postgres.url("corridor", PASSWORD).replace(f":{postgres.port}/", ":1/")
        error = refusal_of(url)
        assert isinstance(error, StoreUnavailable)
        assert "127.0.0.1:1/corridor" in error.message
        assert "server runs" in str(error.hint)

    def test_a_wrong_password_or_database_is_named(self, postgres: PostgresServer) -> None:
        error = refusal_of(postgres.url("postgres", PASSWORD))
        assert "password authentication failed" in error.message
        assert "password" in str(error.hint)
        error = refusal_of(postgres.url("no_such_database"))
        assert '"no_such_database" does not exist' in error.message

    def test_a_missing_driver_is_named_with_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)  # as Python marks what is not there
        error = refusal_of(f"postgresql://user:{PASSWORD}@127.0.0.1/corridor")
        assert isinstance(error, StoreUnavailable)
        assert "pip install 'corridor[postgres]'" in str(error.hint)

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://user:{}@127.0.0.1/corridor",
            "postgresql://user:{}@with@127.0.0.1/corridor",
            "postgresql://user:{}@127.0.0.1:port/corridor",
            "{}",
        ],
    )
    def test_an_address_that_can_not_be_is_refused_with_the_right_form(self, url: str) -> None:
        error = refusal_of(url.format(PASSWORD))
        assert isinstance(error, Invalid)
        assert error.hint

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://user:{}@127.0.0.1:1/corridor",
            "postgresql+psycopg://user:{}@127.0.0.1:1/corridor",
            "postgresql://user@127.0.0.1:1/corridor?password={}",
            "postgresql://user:{}@127.0.0.1:1/corridor?application_name=x",
            "postgresql://user:{}@127.0.0.1:1/corridor?no_such_option=x",
            "postgresql://user:a@{}@127.0.0.1/corridor",
            "postgresql://user:{}@127.0.0.1:port/corridor",
            "postgresql://user:{}@no-such-host.invalid/corridor",
            "mysql://user:{}@127.0.0.1/corridor",
        ],
    )
    def test_the_password_is_in_no_error(self, url: str) -> None:
        assert PASSWORD not in all_that_is_said(refusal_of(url.format(PASSWORD)))


class TestNodes:
    def test_a_node_keeps_its_records_where_its_settings_say(
        self, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = tmp_path / "node"
        Home(home).create("in", "127.0.0.1", 8800)
        monkeypatch.setenv("CORRIDOR_STORE__URL", postgres.a_database())

        for _ in range(2):
            runtime = open_node(home)
            append(runtime.store)
            runtime.store.close()

        with (again := open_node(home).store).view() as view:
            assert view.log_size() == 2
        again.close()
        assert not (home / "store.db").exists()

    def test_the_password_is_in_no_print_of_the_settings(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = f"postgresql://user:{PASSWORD}@127.0.0.1/corridor"
        monkeypatch.setenv("CORRIDOR_STORE__URL", url)
        settings = settings_at(tmp_path)
        assert settings.store.url_at(tmp_path) == url
        assert PASSWORD not in settings.model_dump_json()
        assert PASSWORD not in repr(settings)
        assert PASSWORD not in str(settings.model_dump(mode="json"))

    def test_the_password_is_not_in_the_picture_of_a_store(self, postgres: PostgresServer) -> None:
        store = a_store(Path(), an_identity(), url=postgres.a_database())
        assert postgres.password not in repr(store)
        store.close()
