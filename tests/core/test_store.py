"""The store: what one transaction promises, and what the database may do to it."""

import base64
import hashlib
import json
import random
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from support.builders import NOON, Note, a_store, an_identity
from support.children import append
from support.merkle import merkle_tree_hash
from support.processes import a_child, what_was_said

from corridor.core.checkpoints import Checkpoint, verified_note
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.records import Record
from corridor.core.signing import sealed
from corridor.core.statements import Claim, claim_of, statement_of
from corridor.core.store import (
    Arrival,
    Identity,
    Migration,
    SchemaTooNew,
    SchemaTooOld,
    Store,
    StoreUnavailable,
    Transaction,
)

SALT = bytes(range(32))
PARTNER = an_identity("jp")


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = a_store(tmp_path, url=store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    opened = a_store(tmp_path)
    yield opened
    opened.close()


def a_note(text: str = "hello") -> Note:
    return Note(made_at=NOON, text=text)


def append_notes(store: Store, *texts: str) -> list[Note]:
    notes = [a_note(text) for text in texts]
    with store.transaction("test") as tx:
        for note in notes:
            tx.append(note)
    return notes


def texts_in(store: Store) -> list[str]:
    with store.view() as view:
        return [note.text for note in view.own(Note)]


def index_of_a_partner(tx: Transaction, position: int, record: Record) -> bytes:
    """Keep a record that the partner signed; return its envelope."""
    statement = statement_of(record, PARTNER.name)
    envelope = sealed(statement, PARTNER.signer)
    tx.index([Arrival(position, SALT, envelope, claim_of(statement))])
    return envelope


def commitments_in(store: Store) -> list[bytes]:
    """The log's entries, computed from what is kept by nothing but hashlib."""
    with store.view() as view:
        leaves = view.leaves(0, 10_000)
    return [hashlib.sha256(leaf.salt + leaf.envelope).digest() for leaf in leaves]


class TestAppending:
    def test_an_appended_record_is_seen_inside_the_transaction(self, store: Store) -> None:
        with store.transaction("test") as tx:
            tx.append(a_note("inside"))

            assert [note.text for note in tx.own(Note)] == ["inside"]
            assert tx.log_size() == 1

    def test_an_appended_record_is_seen_after_the_transaction(self, store: Store) -> None:
        (note,) = append_notes(store, "after")

        with store.view() as view:
            assert view.find(Note, note.id).record == note

    def test_nothing_is_left_of_a_transaction_that_ended_in_an_exception(
        self, store: Store
    ) -> None:
        append_notes(store, "before")
        with store.view() as view:
            before = view.checkpoint(), view.head()

        def fail_half_way() -> None:
            with store.transaction("test") as tx:
                tx.append(a_note("lost"))
                tx.enqueue("count", {})
                raise KeyError("half way")

        with pytest.raises(KeyError):
            fail_half_way()

        assert texts_in(store) == ["before"]
        with store.view() as view:
            assert (view.checkpoint(), view.head()) == before

    def test_what_was_committed_is_there_after_the_store_is_opened_again(
        self, tmp_path: Path
    ) -> None:
        identity = an_identity()
        first = a_store(tmp_path, identity)
        append_notes(first, "one", "two")
        with first.view() as view:
            checkpoint = view.checkpoint()
        first.close()

        again = a_store(tmp_path, identity)

        assert texts_in(again) == ["one", "two"]
        with again.view() as view:
            assert view.checkpoint() == checkpoint
        again.close()

    def test_a_commit_waits_until_the_disk_has_it(self, sqlite: Store) -> None:
        with sqlite.transaction("test") as tx:
            assert tx.connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
            assert tx.connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"

    def test_a_connection_keeps_little_of_the_file_for_itself(self, sqlite: Store) -> None:
        with sqlite.transaction("test") as tx:
            assert tx.connection.exec_driver_sql("PRAGMA cache_size").scalar() == -512  # KiB

    def test_an_entry_says_where_the_record_lies(self, store: Store) -> None:
        append_notes(store, "first")
        note = Note(made_at=NOON, visibility="public")
        with store.transaction("test") as tx:
            entry = tx.append(note)
            (leaf,) = tx.leaves(1, 10)

        assert (entry.issuer, entry.position, entry.kind, entry.version) == ("in", 1, Note.kind, 1)
        assert (entry.record_id, entry.made_at, entry.visibility) == (note.id, NOON, "public")
        assert entry.sha256 == hashlib.sha256(leaf.envelope).hexdigest()
        with store.view() as view:
            assert view.find(Note, note.id).entry == entry

    def test_a_record_that_was_forced_out_of_shape_is_refused(self, store: Store) -> None:
        crooked = Note.model_construct(id="short", made_at=NOON, visibility="internal", text="x")

        def append_it() -> None:
            with store.transaction("test") as tx:
                tx.append(crooked)

        with pytest.raises(ValueError, match="id"):
            append_it()
        assert texts_in(store) == []

    def test_the_same_record_twice_is_a_conflict_and_the_log_goes_on_without_a_gap(
        self, store: Store
    ) -> None:
        note = a_note("once")
        with store.transaction("test") as tx:
            tx.append(note)
            with pytest.raises(Conflict):
                tx.append(note)
            assert tx.append(a_note("next")).position == 1

        assert texts_in(store) == ["once", "next"]
        with store.view() as view:
            assert view.log_root() == merkle_tree_hash(commitments_in(store))

    def test_the_same_record_in_a_later_transaction_is_a_conflict(self, store: Store) -> None:
        note = a_note("once")
        with store.transaction("test") as tx:
            tx.append(note)

        with store.transaction("test") as tx:
            with pytest.raises(Conflict):
                tx.append(note)
            tx.append(a_note("next"))

        assert texts_in(store) == ["once", "next"]

    def test_a_record_whose_transaction_was_rolled_back_can_be_appended_again(
        self, store: Store
    ) -> None:
        note = a_note("again")

        def fail_after(tx: Transaction) -> None:
            tx.append(note)
            raise KeyError

        with pytest.raises(KeyError), store.transaction("test") as tx:
            fail_after(tx)
        with store.transaction("test") as tx:
            tx.append(note)

        assert texts_in(store) == ["again"]

    def test_two_envelopes_of_like_records_can_not_be_told_from_their_commitments(
        self, store: Store
    ) -> None:
        append_notes(store, "same", "same")
        with store.view() as view:
            one, two = view.leaves(0, 2)

        assert one.salt != two.salt
        assert len(one.salt) == 32


class TestReading:
    def test_a_missing_record_is_not_found(self, store: Store) -> None:
        with store.view() as view, pytest.raises(NotFound, match="0000"):
            view.find(Note, "0" * 32)

    def test_a_record_is_not_found_under_another_kind(self, store: Store) -> None:
        class Other(Record):
            kind = "test.other"

        (note,) = append_notes(store, "hello")
        with store.view() as view, pytest.raises(NotFound):
            view.find(Other, note.id)

    def test_an_empty_store_has_an_empty_log(self, store: Store) -> None:
        with store.view() as view:
            assert (view.log_size(), view.head(), view.entries()) == (0, 0, [])
            assert view.log_root() == hashlib.sha256(b"").digest()

    def test_the_head_grows_with_every_record_of_anybody(self, store: Store) -> None:
        heads: list[int] = []
        for position in range(3):
            append_notes(store, "own")
            with store.transaction("test") as tx:
                heads.append(tx.head())
                index_of_a_partner(tx, position, a_note())
                heads.append(tx.head())

        assert heads == sorted(set(heads))

    def test_leaves_come_in_stretches(self, store: Store) -> None:
        append_notes(store, *"abcde")
        with store.view() as view:
            assert [leaf.position for leaf in view.leaves(1, 3)] == [1, 2, 3]
            assert [leaf.position for leaf in view.leaves(4, 3)] == [4]
            assert view.leaves(5, 3) == []

    def test_a_view_stays_as_it_was_while_a_writer_commits(self, store: Store) -> None:
        append_notes(store, "before")
        with store.view() as view:
            before = view.checkpoint()
            append_notes(store, "meanwhile")

            assert [note.text for note in view.own(Note)] == ["before"]
            assert view.checkpoint() == before

        assert texts_in(store) == ["before", "meanwhile"]

    def test_a_reader_does_not_wait_for_a_writer(self, store: Store) -> None:
        append_notes(store, "before")
        with store.transaction("test") as tx:
            tx.append(a_note("not yet"))

            assert texts_in(store) == ["before"]


class TestPartners:
    def test_a_partner_s_record_lies_beside_our_own(self, store: Store) -> None:
        append_notes(store, "ours")
        with store.transaction("test") as tx:
            index_of_a_partner(tx, 0, a_note("theirs"))

        with store.view() as view:
            assert [kept.record.text for kept in view.every(Note)] == ["ours", "theirs"]
            assert [kept.record.text for kept in view.every(Note, "jp")] == ["theirs"]
            assert [note.text for note in view.own(Note)] == ["ours"]
            assert [entry.issuer for entry in view.entries()] == ["in", "jp"]
            assert [entry.issuer for entry in view.entries("jp")] == ["jp"]

    def test_a_partner_s_record_does_not_enter_our_log(self, store: Store) -> None:
        append_notes(store, "ours")
        with store.view() as view:
            before = view.checkpoint()

        with store.transaction("test") as tx:
            index_of_a_partner(tx, 0, a_note("theirs"))
            tx.grow("jp", 0, [b"c" * 32])

        with store.view() as view:
            assert view.checkpoint() == before
            assert [leaf.position for leaf in view.leaves(0, 10)] == [0]

    def test_the_tree_of_a_partner_s_log_grows_beside_our_own(self, store: Store) -> None:
        commitments = [bytes([number]) * 32 for number in range(5)]
        append_notes(store, "ours")
        with store.transaction("test") as tx:
            for position, commitment in enumerate(commitments):
                tx.grow("jp", position, [commitment])

        with store.view() as view:
            assert (view.log_size("jp"), view.log_size()) == (5, 1)
            assert view.log_root("jp") == merkle_tree_hash(commitments)

    def test_a_partner_s_place_is_taken_only_once(self, store: Store) -> None:
        with store.transaction("test") as tx:
            index_of_a_partner(tx, 0, a_note("first"))
            with pytest.raises(Conflict):
                index_of_a_partner(tx, 0, a_note("second"))

        with store.view() as view:
            assert [kept.record.text for kept in view.every(Note)] == ["first"]

    def test_a_partner_s_record_id_is_taken_only_once(self, store: Store) -> None:
        note = a_note()
        with store.transaction("test") as tx:
            index_of_a_partner(tx, 0, note)
            with pytest.raises(Conflict):
                index_of_a_partner(tx, 1, note)

    @pytest.mark.parametrize("position", [0, 2, -1])
    def test_a_tree_grows_only_at_its_end(self, store: Store, position: int) -> None:
        with store.transaction("test") as tx:
            tx.grow("jp", 0, [b"c" * 32])
            with pytest.raises(Conflict):
                tx.grow("jp", position, [b"d" * 32])

    def test_a_partner_s_later_version_of_a_kind_is_kept_and_not_taken_for_ours(
        self, store: Store
    ) -> None:
        body: dict[str, object] = {"id": "f" * 32, "made_at": "2026-01-01T00:00:00Z", "score": 1}
        with store.transaction("test") as tx:
            tx.index([Arrival(0, SALT, b"envelope", Claim("jp", Note.kind, 2, body))])

        with store.view() as view:
            assert [entry.version for entry in view.entries()] == [2]
            assert list(view.every(Note)) == []
            with pytest.raises(NotFound):
                view.find(Note, "f" * 32)

    @pytest.mark.parametrize(
        "change",
        [{"made_at": None}, {"made_at": "yesterday"}, {"visibility": "everybody"}],
        ids=repr,
    )
    def test_a_partner_s_record_of_an_unknown_kind_is_refused_where_it_fits_no_entry(
        self, store: Store, change: dict[str, object]
    ) -> None:
        body: dict[str, object] = {"id": "f" * 32, "made_at": "2026-01-01T00:00:00Z"}
        with store.transaction("test") as tx:
            with pytest.raises(Invalid):
                tx.index([Arrival(0, SALT, b"e", Claim("jp", "test.unknown", 1, body | change))])
            assert tx.entries() == []


class TestTheLog:
    @settings(max_examples=20)
    @given(sizes=st.lists(st.integers(1, 4), max_size=6))
    def test_the_checkpoint_is_a_plain_tree_over_the_commitments(
        self, tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
    ) -> None:
        store = a_store(tmp_path_factory.mktemp("log"))
        for size in sizes:
            append_notes(store, *"x" * size)

        with store.view() as view:
            note = view.checkpoint()
        commitments = commitments_in(store)
        assert verified_note(note, "in", store.identity.signer.public) == Checkpoint(
            "in", sum(sizes), merkle_tree_hash(commitments)
        )
        store.close()

    def test_an_envelope_can_be_verified_with_cryptography_alone(self, store: Store) -> None:
        (note,) = append_notes(store, "check me: 検証")
        with store.view() as view:
            (leaf,) = view.leaves(0, 1)
        raw_key = bytes.fromhex(store.identity.signer.public.hex)

        envelope = json.loads(leaf.envelope)
        payload = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"].encode()
        message = b" ".join(
            [b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload]
        )
        signature = base64.b64decode(envelope["signatures"][0]["sig"])
        Ed25519PublicKey.from_public_bytes(raw_key).verify(signature, message)

        statement = json.loads(payload)
        assert statement["_type"] == "https://in-toto.io/Statement/v1"
        assert statement["predicate"]["record"]["text"] == "check me: 検証"
        assert statement["predicate"]["record"]["id"] == note.id
        assert leaf.commitment == hashlib.sha256(leaf.salt + leaf.envelope).digest()

    def test_positions_have_no_gap_when_four_threads_append(self, store: Store) -> None:
        start = threading.Barrier(4)

        def append_some(_: int) -> list[int]:
            start.wait(60)
            found: list[int] = []
            for _ in range(15):
                with store.transaction("test") as tx:
                    found.append(tx.append(a_note()).position)
            return found

        with ThreadPoolExecutor(4) as pool:
            positions = [place for found in pool.map(append_some, range(4)) for place in found]

        assert sorted(positions) == list(range(60))
        with store.view() as view:
            assert view.log_root() == merkle_tree_hash(commitments_in(store))

    def test_positions_have_no_gap_when_two_processes_append(self, tmp_path: Path) -> None:
        identity = an_identity()
        identity.signer.save(tmp_path / "key.pem")

        with ThreadPoolExecutor(2) as pool:
            children = [pool.submit(what_was_said, append, tmp_path, "25") for _ in range(2)]
            said = [child.result() for child in children]

        store = a_store(tmp_path, identity)
        with store.view() as view:
            entries = view.entries()
            assert view.log_root() == merkle_tree_hash(commitments_in(store))
        assert [entry.position for entry in entries] == list(range(50))
        assert {entry.record_id for entry in entries} == {*said[0], *said[1]}
        store.close()

    def test_a_store_can_be_opened_by_many_at_the_same_time(self, tmp_path: Path) -> None:
        identity = an_identity()
        start = threading.Barrier(8)

        def open_it(_: int) -> int:
            start.wait(60)
            store = a_store(tmp_path, identity)
            with store.transaction("test") as tx:
                position = tx.append(a_note()).position
            store.close()
            return position

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(open_it, range(8))) == list(range(8))


class TestOpening:
    @pytest.mark.parametrize("place", ["file/store.db", "no/such/folder/store.db", "directory"])
    def test_a_place_that_can_hold_no_database_is_named_with_what_to_do(
        self, tmp_path: Path, place: str
    ) -> None:
        (tmp_path / "file").write_text("a regular file")
        (tmp_path / "directory").mkdir()

        with pytest.raises(StoreUnavailable, match=place) as refusal:
            Store.open(f"sqlite:///{tmp_path / place}", an_identity(), lambda: NOON)
        assert refusal.value.hint

    def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(self, tmp_path: Path) -> None:
        content = b"these are somebody's holiday notes\n" * 100
        (tmp_path / "store.db").write_bytes(content)

        with pytest.raises(StoreUnavailable, match="not a database") as refusal:
            a_store(tmp_path)
        assert refusal.value.hint
        assert (tmp_path / "store.db").read_bytes() == content

    def test_a_full_disk_is_said_and_nothing_kept_is_lost(self, tmp_path: Path) -> None:
        store = a_store(tmp_path)
        append_notes(store, "kept")

        def fill_the_disk() -> None:
            with store.transaction("test") as tx:
                tx.connection.exec_driver_sql("PRAGMA max_page_count = 1")  # no page beyond these
                tx.append(a_note("x" * 1_000_000))

        with pytest.raises(StoreUnavailable, match="full") as refusal:
            fill_the_disk()
        assert refusal.value.hint
        assert texts_in(store) == ["kept"]
        store.close()

    def test_a_broken_constraint_is_a_defect_and_not_a_store_that_failed(
        self, store: Store
    ) -> None:
        def state_a_job_twice() -> None:
            with store.transaction("test") as tx:
                job_id = tx.enqueue("count", {})
                tx.connection.exec_driver_sql(
                    f"INSERT INTO jobs SELECT * FROM jobs WHERE id = '{job_id}'"  # noqa: S608
                )

        with pytest.raises(IntegrityError):
            state_a_job_twice()


def shelf(number: int) -> Migration:
    """A step of a capability that adds one table."""

    def apply(connection: Connection) -> None:
        connection.exec_driver_sql(f"CREATE TABLE shelf_{number} (book TEXT)")

    return Migration("library", number, apply)


def tables_in(folder: Path) -> set[str]:
    connection = sqlite3.connect(folder / "store.db")
    rows = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'shelf_%'").fetchall()
    connection.close()
    return {name for (name,) in rows}


class TestMigrations:
    def test_each_step_is_taken_once_in_order(self, tmp_path: Path) -> None:
        a_store(tmp_path, migrations=(shelf(1),)).close()
        assert tables_in(tmp_path) == {"shelf_1"}

        a_store(tmp_path, migrations=(shelf(1), shelf(2), shelf(3)), upgrade=True).close()
        a_store(tmp_path, migrations=(shelf(1), shelf(2), shelf(3)), upgrade=True).close()

        assert tables_in(tmp_path) == {"shelf_1", "shelf_2", "shelf_3"}

    def test_records_survive_a_migration(self, tmp_path: Path) -> None:
        identity = an_identity()
        store = a_store(tmp_path, identity)
        append_notes(store, "old")
        store.close()

        newer = a_store(tmp_path, identity, migrations=(shelf(1),), upgrade=True)

        assert texts_in(newer) == ["old"]
        newer.close()

    def test_a_step_that_fails_leaves_the_store_at_the_step_before(self, tmp_path: Path) -> None:
        def fail(connection: Connection) -> None:
            connection.exec_driver_sql("CREATE TABLE shelf_2 (book TEXT)")
            raise KeyError("half way")

        a_store(tmp_path, migrations=(shelf(1),)).close()
        with pytest.raises(KeyError):
            a_store(tmp_path, migrations=(shelf(1), Migration("library", 2, fail)), upgrade=True)
        assert tables_in(tmp_path) == {"shelf_1"}

        a_store(tmp_path, migrations=(shelf(1), shelf(2)), upgrade=True).close()
        assert tables_in(tmp_path) == {"shelf_1", "shelf_2"}

    def test_an_older_store_is_refused_until_its_operator_upgrades_it(self, tmp_path: Path) -> None:
        a_store(tmp_path, migrations=(shelf(1),)).close()

        with pytest.raises(SchemaTooOld, match="library") as refusal:
            a_store(tmp_path, migrations=(shelf(1), shelf(2)))

        assert "corridor node upgrade" in str(refusal.value.hint)
        assert tables_in(tmp_path) == {"shelf_1"}

    def test_a_store_that_a_newer_corridor_wrote_is_refused_with_what_to_do(
        self, tmp_path: Path
    ) -> None:
        a_store(tmp_path, migrations=(shelf(1), shelf(2))).close()

        with pytest.raises(SchemaTooNew, match="step 2 of library") as refusal:
            a_store(tmp_path, migrations=(shelf(1),))
        assert refusal.value.hint

    def test_a_store_with_a_capability_that_is_unknown_here_is_refused(
        self, tmp_path: Path
    ) -> None:
        a_store(tmp_path, migrations=(shelf(1),)).close()

        with pytest.raises(SchemaTooNew, match="library"):
            a_store(tmp_path)


class TestKills:
    def test_every_record_said_to_be_committed_is_there_after_a_kill(self, tmp_path: Path) -> None:
        identity = an_identity()
        identity.signer.save(tmp_path / "key.pem")
        promised: list[str] = []

        for moment in moments(seed=20260702, times=5):
            promised += killed_after(moment, tmp_path)
            assert_the_log_holds(tmp_path, identity, promised)


def moments(seed: int, times: int) -> list[float]:
    """Seconds after its first commit at which a child is killed."""
    random_numbers = random.Random(seed)  # noqa: S311  not for secrets
    return [random_numbers.uniform(0.0, 0.4) for _ in range(times)]


def killed_after(seconds: float, folder: Path) -> list[str]:
    """Let a child append without end, kill it, and return the ids that it had said by then."""
    with a_child(append, folder, "0") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        threading.Event().wait(seconds)
        process.kill()
        whole_lines = (first + process.stdout.read()).split("\n")[:-1]
    assert process.returncode == -9
    return whole_lines


def assert_the_log_holds(folder: Path, identity: Identity, promised: list[str]) -> None:
    store = a_store(folder, identity)
    with store.view() as view:
        entries = view.entries()
        found = verified_note(view.checkpoint(), identity.name, identity.signer.public)
    commitments = commitments_in(store)
    store.close()
    assert set(promised) <= {entry.record_id for entry in entries}
    assert [entry.position for entry in entries] == list(range(len(entries)))
    assert found == Checkpoint(identity.name, len(entries), merkle_tree_hash(commitments))
