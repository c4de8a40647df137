"""The core's own steps: a store can be made as an older Corridor made it, and then brought on."""

from pathlib import Path

import pytest
from sqlalchemy import Connection
from support.builders import NOON, Note, a_store, an_identity

from corridor.core.store import Migration, SchemaTooOld
from corridor.core.store.migrations import CORE, steps_of


def _mark(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE store_state SET value = 'moved' WHERE name = 'a fact'")


LATER = Migration("core", len(CORE) + 1, _mark)


def test_a_step_of_the_core_finds_the_rows_that_were_there_before_it(tmp_path: Path) -> None:
    identity = an_identity()
    store = a_store(tmp_path, identity, migrations=CORE)
    with store.transaction("test") as tx:
        tx.append(Note(made_at=NOON))
        tx.remember("a fact", "here")
    store.close()
    with pytest.raises(SchemaTooOld, match="core"):
        a_store(tmp_path, identity, migrations=(*CORE, LATER))

    newer = a_store(tmp_path, identity, migrations=(*CORE, LATER), upgrade=True)

    with newer.view() as view:
        assert steps_of(view.connection) == {"core": LATER.number}
        assert view.state_of("a fact") == "moved"
        assert view.log_size() == 1
    newer.close()


def test_without_a_word_of_them_all_steps_of_the_core_are_meant(tmp_path: Path) -> None:
    identity = an_identity()
    a_store(tmp_path, identity).close()

    store = a_store(tmp_path, identity, migrations=CORE)
    with store.view() as view:
        assert steps_of(view.connection) == {"core": len(CORE)}
    store.close()
