"""The logs of a store beside the records: audit, hidden entries, holds, earlier sizes, old stores."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from support.builders import NOON, Note, a_store, an_identity
from support.merkle import merkle_tree_hash

from corridor.core import merkle
from corridor.core.canonical import canonical
from corridor.core.checkpoints import verified_note
from corridor.core.errors import Invalid
from corridor.core.proofs import check_consistency, check_inclusion
from corridor.core.store import (
    SIGNER,
    KeySuperseded,
    LogHeld,
    OtherNode,
    SchemaTooOld,
    Store,
    Transaction,
)
from corridor.core.store.schema import audit
from corridor.core.tiles import tile_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


class TestAudit:
    def test_an_act_is_told_with_who_did_it_when_to_whom(self, store: Store) -> None:
        with store.transaction("asha") as tx:
            tx.audit("partner.suspend", "jp", reason="a fork", size=7)

        with store.view() as view:
            [line] = view.audited()
        assert (line.position, line.actor, line.act, line.subject) == (
            0,
            "asha",
            "partner.suspend",
            "jp",
        )
        assert line.at == NOON
        assert line.facts == {"reason": "a fork", "size": 7}

    def test_the_audit_log_is_a_tree_of_its_own_over_salted_commitments(self, store: Store) -> None:
        with store.transaction("asha") as tx:
            for number in range(5):
                tx.audit("key.issue", str(number))
        with store.view() as view:
            entries = list(view.commitments(view.audit_log))
            assert view.log_root("in/audit") == merkle_tree_hash(entries)
            assert view.log_size() == 0
            assert len(set(entries)) == 5

    def test_acts_that_come_together_are_as_those_that_come_one_by_one(self, store: Store) -> None:
        acts = [("key.issue", 'a "key"', {"n": 1}), ("key.revoke", "\u65e5\u672c", {"why": "\x7f"})]
        with store.transaction("asha \u0905") as tx:
            tx.audit("key.issue", "first")
            assert tx.audit_all([(act, who, canonical(said)) for act, who, said in acts]) == 1
            assert tx.audit_all([]) == 3
            for act, who, said in acts:
                tx.audit(act, who, **said)

        with store.view() as view:
            _, *together = view.audited()
            assert [line.model_dump(exclude={"position"}) for line in together[:2]] == [
                line.model_dump(exclude={"position"}) for line in together[2:]
            ]
            kept = view.connection.execute(select(audit.c.entry)).scalars()
            assert all(canonical(json.loads(entry)) == entry for entry in kept)
            entries = list(view.commitments(view.audit_log))
            assert view.log_root("in/audit") == merkle_tree_hash(entries)

    @given(st.lists(st.integers(0, 150), min_size=1, max_size=4))
    @settings(deadline=None, max_examples=15)
    def test_however_many_acts_come_together_each_is_kept_in_its_place(
        self, tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
    ) -> None:
        store = a_store(tmp_path_factory.mktemp("store"))
        said, number = list[str](), 0
        for size in sizes:
            names = [str(number + each) for each in range(size)]
            with store.transaction("asha") as tx:
                assert tx.audit_all([("key.issue", name, b"{}") for name in names]) == number
            said, number = [*said, *names], number + size

        with store.view() as view:
            kept = view.audited(limit=1000)
            assert [line.subject for line in kept] == said
            assert [line.position for line in kept] == list(range(number))
            entries = list(view.commitments(view.audit_log))
            assert view.log_root("in/audit") == merkle_tree_hash(entries)
        store.close()

    @pytest.mark.parametrize("size", [2, 5, 20, 70])
    def test_of_rows_that_come_together_none_is_kept_if_one_may_not_be_there(
        self, store: Store, size: int
    ) -> None:
        row: dict[str, object] = {"log": "in/audit", "act": "a", "salt": b"", "entry": b"{}"}
        rows: list[dict[str, object]] = [
            {**row, "position": number} for number in (*range(size - 1), 0)
        ]

        with pytest.raises(IntegrityError), store.transaction("asha") as tx:
            tx.insert(audit, rows)

        with store.transaction("asha") as tx:
            tx.insert(audit, rows[:-1])
        with store.view() as view:
            assert view.connection.execute(select(func.count()).select_from(audit)).scalar() == (
                size - 1
            )

    def test_its_checkpoint_is_signed_under_its_own_origin(self, store: Store) -> None:
        with store.transaction("asha") as tx:
            tx.audit("key.issue", "helpline")
        with store.view() as view:
            note = view.checkpoint(view.audit_log)
        checkpoint = verified_note(note, "in/audit", store.identity.signer.public)
        assert checkpoint.size == 1

    def test_an_act_that_is_rolled_back_was_never_there(self, store: Store) -> None:
        def fail_after_an_act(tx: Transaction) -> None:
            tx.audit("key.issue", "helpline")
            raise KeyError

        with pytest.raises(KeyError), store.transaction("asha") as tx:
            fail_after_an_act(tx)
        with store.view() as view:
            assert view.audited() == []
            assert view.log_size("in/audit") == 0

    def test_acts_are_found_by_their_name_and_from_a_position_on(self, store: Store) -> None:
        with store.transaction("asha") as tx:
            for number in range(4):
                tx.audit("a" if number % 2 else "b", str(number))
        with store.view() as view:
            assert [line.subject for line in view.audited(act="a")] == ["1", "3"]
            assert [line.subject for line in view.audited(start=2, limit=1)] == ["2"]

    def test_another_nodes_log_is_not_signed(self, store: Store) -> None:
        with store.view() as view, pytest.raises(Invalid):
            view.checkpoint("jp")


class TestHolds:
    def test_nothing_is_added_or_signed_while_the_log_is_held(self, store: Store) -> None:
        with store.transaction("test") as tx:
            tx.hold("it was restored and its partners have seen more")
        with store.view() as view, pytest.raises(LogHeld, match="partners have seen more"):
            view.checkpoint()
        with store.transaction("test") as tx, pytest.raises(LogHeld):
            tx.append(Note(made_at=NOON))

        with store.transaction("test") as tx:
            tx.hold(None)
            tx.append(Note(made_at=NOON))
        with store.view() as view:
            assert view.held() is None
            assert view.log_size() == 1

    def test_a_hold_that_is_rolled_back_holds_nothing(self, store: Store) -> None:
        def fail_after_a_hold(tx: Transaction) -> None:
            tx.hold("for now")
            raise KeyError

        with pytest.raises(KeyError), store.transaction("test") as tx:
            fail_after_a_hold(tx)
        with store.transaction("test") as tx:
            tx.append(Note(made_at=NOON))


class TestHiddenEntries:
    def test_an_entry_without_an_envelope_is_a_leaf_that_shows_nothing(self, store: Store) -> None:
        with store.transaction("test") as tx:
            tx.grow("jp", 0, [b"a" * 32, b"b" * 32])
            tx.hide("jp", 0, b"a" * 32)
            tx.hide("jp", 1, b"b" * 32)
        with store.view() as view:
            leaves = view.leaves(0, 10, "jp")
            assert [leaf.commitment for leaf in leaves] == [b"a" * 32, b"b" * 32]
            assert {leaf.visibility for leaf in leaves} == {"internal"}
            assert merkle.edge_over(view.commitments("jp")).root == view.log_root("jp")
            assert view.tile(tile_at("entries/000.p/2"), "jp")[:4] == b"\x00\x20aa"


class TestEarlierSizes:
    @settings(max_examples=25, deadline=None)
    @given(data=st.data())
    def test_proofs_hold_for_every_earlier_size(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        entries = [bytes([n]) * 32 for n in range(data.draw(st.integers(1, 60)))]
        size = data.draw(st.integers(1, len(entries)))
        position, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
        store = a_store(tmp_path_factory.mktemp("log"))
        with store.transaction("test") as tx:
            tx.grow("jp", 0, entries)
        with store.view() as view:
            root = view.log_root("jp", size)
            assert root == merkle_tree_hash(entries[:size])
            leaf = merkle.leaf_hash(entries[position])
            check_inclusion(leaf, position, size, view.inclusion(position, "jp", size), root)
            earlier = view.log_root("jp", old)
            check_consistency(old, earlier, size, root, view.consistency(old, "jp", size))
        store.close()

    def test_a_size_that_a_log_never_had_is_refused(self, store: Store) -> None:
        with store.view() as view:
            with pytest.raises(Invalid):
                view.log_root("jp", 3)
            with pytest.raises(Invalid):
                view.inclusion(0, "jp", 3)


def test_a_node_finds_records_by_id_and_by_position(store: Store) -> None:
    with store.transaction("test") as tx:
        entries = [tx.append(Note(made_at=NOON, text=t)) for t in ("one", "two")]
    with store.view() as view:
        assert view.entry(entries[1].record_id) == view.entry("1") == entries[1]
        assert view.body(entries[0])["text"] == "one"


def test_a_store_belongs_to_one_node(tmp_path: Path) -> None:
    a_store(tmp_path, an_identity("in")).close()

    with pytest.raises(OtherNode, match="node in"):
        a_store(tmp_path, an_identity("jp"))
    a_store(tmp_path, an_identity("in")).close()


class TestOldStores:
    """What the first released version wrote (`store-1.sql`) is upgraded, whole."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        dump = (Path(__file__).parent / "store-1.sql").read_text(encoding="utf-8")
        with sqlite3.connect(tmp_path / "store.db") as old:
            old.executescript(dump)
        old.close()
        return tmp_path

    def test_it_is_refused_and_then_upgraded(self, folder: Path) -> None:
        with pytest.raises(SchemaTooOld):
            a_store(folder, an_identity())
        store = a_store(folder, an_identity(), upgrade=True)
        with store.view() as view:
            assert merkle.edge_over(view.commitments()).root == view.log_root()
            assert [json.dumps(view.body(entry))[:2] for entry in view.entries()] == ['{"'] * 3
        with store.transaction("test") as tx:
            tx.audit("node.upgrade", "store")
            tx.append(Note(made_at=NOON))
        store.close()

    def test_its_tables_become_those_of_a_new_store(self, folder: Path, tmp_path: Path) -> None:
        a_store(folder, upgrade=True).close()
        (tmp_path / "new").mkdir()
        a_store(tmp_path / "new").close()

        assert columns_in(folder / "store.db") == columns_in(tmp_path / "new" / "store.db")


def columns_in(file: Path) -> dict[str, set[tuple[object, ...]]]:
    with sqlite3.connect(file) as database:
        names = [
            row[0] for row in database.execute("select name from sqlite_master where type='table'")
        ]
        found = {
            name: {tuple(row[1:4]) for row in database.execute(f"pragma table_info({name})")}
            for name in names
        }
    database.close()
    return found


def test_a_process_with_a_key_that_was_replaced_meanwhile_adds_nothing(tmp_path: Path) -> None:
    early = a_store(tmp_path, an_identity("in"))
    with early.transaction("test") as tx:
        tx.append(Note(made_at=NOON))
    late = a_store(tmp_path, an_identity("in"))
    with late.transaction("test") as tx:
        tx.remember(SIGNER, late.identity.signer.public.hex)
        tx.append(Note(made_at=NOON))

    with early.transaction("test") as tx, pytest.raises(KeySuperseded):
        tx.append(Note(made_at=NOON))

    with late.view() as view:
        assert view.log_size() == 2
    early.close()
    late.close()
