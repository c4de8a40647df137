from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON, a_store, an_identity
from support.partners import a_note

from corridor.core.store import Store
from corridor.federation.records import SyncState
from corridor.federation.store import (
    MIGRATIONS,
    note_failure,
    note_success,
    records_known,
    sync_state,
)

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, an_identity("south"), migrations=MIGRATIONS)
    yield store
    store.close()


def test_before_the_first_round_nothing_is_known(store: Store) -> None:
    with store.view() as view:
        assert sync_state(view, "north") == SyncState()


def test_a_failure_leaves_the_last_success_to_be_seen(store: Store) -> None:
    with store.transaction("test") as tx:
        note_success(tx, lambda: NOON, "north", "a note")
        note_failure(tx, lambda: LATER, "north", "gone")

    with store.view() as view:
        assert sync_state(view, "north") == SyncState(
            succeeded_at=NOON, failed_at=LATER, error="gone", checkpoint="a note"
        )


def test_a_success_ends_a_failure(store: Store) -> None:
    with store.transaction("test") as tx:
        note_failure(tx, lambda: NOON, "north", "gone")
        note_success(tx, lambda: LATER, "north", "a note")

    with store.view() as view:
        assert sync_state(view, "north") == SyncState(succeeded_at=LATER, checkpoint="a note")


def test_each_partner_has_a_state_of_its_own(store: Store) -> None:
    with store.transaction("test") as tx:
        note_failure(tx, lambda: NOON, "north", "gone")

    with store.view() as view:
        assert sync_state(view, "west") == SyncState()


def test_records_are_counted_by_issuer(store: Store) -> None:
    with store.transaction("test") as tx:
        tx.append(a_note("one"))
        tx.append(a_note("two"))

    with store.view() as view:
        assert records_known(view, "south") == 2
        assert records_known(view, "north") == 0


def test_a_store_of_this_version_opens_again(store: Store, tmp_path: Path) -> None:
    a_store(tmp_path, store.identity, migrations=MIGRATIONS).close()
