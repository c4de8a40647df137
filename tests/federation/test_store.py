from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON, a_store, an_identity
from support.partners import a_note

from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.store import Store
from corridor.federation.records import SyncState
from corridor.federation.store import MIGRATIONS
from corridor.federation.store.sync import (
    fitting,
    note_failure,
    note_success,
    note_target,
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


def test_what_is_worked_towards_is_kept_until_it_is_reached(store: Store) -> None:
    first, second = (
        signed_note(Checkpoint("north", size, b"r" * 32), store.identity.signer) for size in (5, 9)
    )
    with store.transaction("test") as tx:
        note_target(tx, "north", first)
        note_target(tx, "north", second)
        begun = sync_state(tx, "north")
        note_success(tx, lambda: NOON, "north", second)
        done = sync_state(tx, "north")
        note_target(tx, "north", first)
        behind = sync_state(tx, "north")

    assert (begun.checkpoint, begun.target, begun.log_size) == (None, second, 9)
    assert (done.checkpoint, done.target, done.log_size) == (second, None, 9)
    assert (behind.notes, behind.log_size) == ((second, first), 9)
    assert SyncState().log_size is None


def test_as_many_entries_are_read_as_have_room_and_one_however_large(store: Store) -> None:
    with store.transaction("test") as tx:
        for text in ("a", "b", "x" * 10_000, "c"):
            tx.append(a_note(text))
        room = 5_000
        found = [fitting(tx, "south", start, 10, room) for start in range(4)]
        few = fitting(tx, "south", 0, 1, room)

    assert found == [2, 1, 1, 10]
    assert few == 1


def test_records_are_counted_by_issuer(store: Store) -> None:
    with store.transaction("test") as tx:
        tx.append(a_note("one"))
        tx.append(a_note("two"))

    with store.view() as view:
        assert records_known(view, "south") == 2
        assert records_known(view, "north") == 0


def test_a_store_of_this_version_opens_again(store: Store, tmp_path: Path) -> None:
    a_store(tmp_path, store.identity, migrations=MIGRATIONS).close()
