"""Word of new records: heard as they are committed, and again after the server was away."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.builders import NOON, Note, a_store
from support.partners import until
from support.postgres import PostgresServer, a_postgres_server, why_not

from corridor.core.store import Store

if missing := why_not():
    pytest.skip(missing, allow_module_level=True)

PROMPT_SECONDS = 60.0


def add_a_record(store: Store, after: Callable[[], object] = lambda: None) -> None:
    with store.transaction("test") as tx:
        tx.append(Note(made_at=NOON))
        after()


def test_word_of_a_record_comes_as_it_is_committed(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    store, heard = a_store(tmp_path, url=postgres.a_database()), threading.Event()
    listener = store.listener(heard.set)
    assert listener is not None
    with listener.at_work():
        until(lambda: listener.hears)
        time.sleep(0.1)
        heard.clear()

        add_a_record(store)

        assert heard.wait(PROMPT_SECONDS)
    store.close()


def test_there_is_no_word_of_what_was_taken_back_nor_of_the_account_alone(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    store, heard = a_store(tmp_path, url=postgres.a_database()), threading.Event()
    listener = store.listener(heard.set)
    assert listener is not None
    with listener.at_work():
        until(lambda: listener.hears)
        time.sleep(0.1)
        heard.clear()

        with pytest.raises(ZeroDivisionError):
            add_a_record(store, after=lambda: 1 // 0)
        with store.transaction("test") as tx:
            tx.audit("test.act")

        assert not heard.wait(0.5)
    store.close()


def test_a_listener_hears_again_after_the_server_was_started_again(tmp_path: Path) -> None:
    with a_postgres_server() as server:
        store, heard = a_store(tmp_path, url=server.a_database()), threading.Event()
        listener = store.listener(heard.set)
        assert listener is not None
        with listener.at_work():
            until(lambda: listener.hears)
            server.stop()
            until(lambda: not listener.hears)
            heard.clear()

            server.start()
            until(lambda: listener.hears)
            assert heard.wait(PROMPT_SECONDS)  # something may have come meanwhile
            heard.clear()
            add_a_record(store)

            assert heard.wait(PROMPT_SECONDS)
        store.close()


def test_on_sqlite_one_has_to_look(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    assert store.listener(lambda: None) is None
    store.close()
