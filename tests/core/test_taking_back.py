"""Withdrawals, corrections, minor versions: the latest state is read, the history stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from support.builders import NOON, Note, a_store, an_identity

from corridor.core.corrections import Correction, Withdrawal
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.records import RecordId
from corridor.core.signing import sealed
from corridor.core.statements import Claim, claim_of, interpreted, stated
from corridor.core.store import Arrival, Store, TakenBack, Transaction


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


@pytest.fixture
def tx(store: Store) -> Iterator[Transaction]:
    with store.transaction("test") as opened:
        yield opened


def texts(tx: Transaction) -> list[str]:
    return [note.text for note in tx.own(Note)]


def arrived(tx: Transaction, position: int, note: Note, issuer: str = "jp") -> None:
    statement, claim = stated(note, issuer)
    envelope = sealed(statement, an_identity(issuer).signer)
    tx.index([Arrival(position, b"s" * 32, envelope, claim)])


def test_a_withdrawn_record_is_no_longer_read_and_can_still_be_found(tx: Transaction) -> None:
    tx.append(Note(made_at=NOON, text="kept"))
    entry = tx.append(Note(made_at=NOON, text="gone"))

    tx.withdraw(entry.record_id, "a mistake")

    assert texts(tx) == ["kept"]
    assert tx.find(Note, entry.record_id).record.text == "gone"
    assert tx.log_size() == 3


def test_a_correction_puts_another_record_in_the_place(tx: Transaction) -> None:
    entry = tx.append(Note(made_at=NOON, text="wrong"))

    tx.correct("0", Note(made_at=NOON, text="right"), "a typing error")

    assert texts(tx) == ["right"]
    first, second = tx.history(entry)
    assert (first.act, second.act, second.reason) == ("stated", "corrected", "a typing error")
    assert second.replacement == next(iter(tx.own(Note))).id


def test_the_history_is_told_with_the_records_that_made_it(tx: Transaction) -> None:
    entry = tx.append(Note(made_at=NOON))
    taken = tx.withdraw(entry.record_id, "no longer true")

    assert [step.entry for step in tx.history(entry)] == [entry, taken]


def test_a_record_is_taken_back_once(tx: Transaction) -> None:
    entry = tx.append(Note(made_at=NOON))
    tx.withdraw(entry.record_id, "once")

    with pytest.raises(TakenBack):
        tx.withdraw(entry.record_id, "twice")


def test_what_takes_back_is_not_taken_back(tx: Transaction) -> None:
    tx.append(Note(made_at=NOON))
    taken = tx.withdraw("0", "gone")

    with pytest.raises(Invalid):
        tx.withdraw(taken.record_id, "no, not gone")


def test_a_withdrawal_is_seen_by_those_who_saw_the_record(tx: Transaction) -> None:
    entry = tx.append(Note(made_at=NOON, visibility="public"))

    assert tx.withdraw(entry.record_id, "gone").visibility == "public"


def test_a_correction_by_another_kind_or_for_others_is_refused_whole(store: Store) -> None:
    with store.transaction("test") as tx:
        tx.append(Note(made_at=NOON))
    with pytest.raises(Invalid), store.transaction("test") as tx:
        tx.correct("0", Note(made_at=NOON, visibility="public"), "wider")
    with store.view() as view:
        assert view.log_size() == 1


@pytest.mark.parametrize("record", ["7", "f" * 32, "x", "9" * 40])
def test_an_unknown_record_is_not_withdrawn(tx: Transaction, record: str) -> None:
    with pytest.raises(NotFound):
        tx.withdraw(record, "gone")


def test_nobody_takes_back_the_record_of_another(tx: Transaction) -> None:
    ours = tx.append(Note(made_at=NOON, text="ours"))
    withdrawal = Withdrawal(made_at=NOON, record=ours.record_id, reason="they say so")
    statement, claim = stated(withdrawal, "jp")
    envelope = sealed(statement, an_identity("jp").signer)

    tx.index([Arrival(0, b"s" * 32, envelope, claim)])

    assert texts(tx) == ["ours"]


def test_a_partners_withdrawal_of_its_own_record_counts_here(tx: Transaction) -> None:
    note = Note(made_at=NOON, text="theirs")
    arrived(tx, 0, note)
    statement, claim = stated(Withdrawal(made_at=NOON, record=note.id, reason="so"), "jp")
    tx.index([Arrival(1, b"s" * 32, sealed(statement, an_identity("jp").signer), claim)])

    assert [kept.record.text for kept in tx.every(Note)] == []


def test_one_batch_does_not_take_an_id_or_a_place_twice(tx: Transaction) -> None:
    note = Note(made_at=NOON)
    statement, claim = stated(note, "jp")
    envelope = sealed(statement, an_identity("jp").signer)
    first = Arrival(0, b"s" * 32, envelope, claim)

    with pytest.raises(Conflict):
        tx.index([first, Arrival(1, b"s" * 32, envelope, claim)])
    other, their_claim = stated(Note(made_at=NOON), "jp")
    with pytest.raises(Conflict):
        tx.index([first, Arrival(0, b"s" * 32, other, their_claim)])


class NewerNote(Note):
    """The same kind as a later program knows it."""

    minor: ClassVar[int] = 1

    mood: str = "calm"


def test_an_older_minor_version_is_read_with_the_defaults_of_what_it_lacks() -> None:
    statement, _ = stated(Note(made_at=NOON, text="old"), "in")

    record = interpreted(claim_of(statement), {Note.kind: NewerNote})

    assert isinstance(record, NewerNote)
    assert record.mood == "calm"


def test_a_newer_minor_version_is_not_interpreted() -> None:
    statement, claim = stated(NewerNote(made_at=NOON), "in")

    assert claim_of(statement) == claim
    assert interpreted(claim, {Note.kind: Note}) is None


def test_a_partners_newer_minor_version_is_kept_and_not_taken_for_ours(tx: Transaction) -> None:
    arrived(tx, 0, NewerNote(made_at=NOON))

    assert list(tx.every(Note)) == []
    assert [(entry.version, entry.minor) for entry in tx.entries()] == [(1, 1)]
    assert len(list(tx.every(NewerNote))) == 1


def test_a_correction_names_what_counts_instead() -> None:
    correction = Correction(made_at=NOON, record="a" * 32, replacement="b" * 32, reason="so")

    assert correction.model_dump()["replacement"] == "b" * 32


def test_records_that_were_taken_back_are_read_where_they_are_asked_for(tx: Transaction) -> None:
    tx.append(Note(made_at=NOON, text="gone"))
    tx.withdraw("0", "a mistake")

    assert [note.text for note in tx.own(Note, taken_back=True)] == ["gone"]


@pytest.mark.parametrize(("version", "record"), [(2, "a" * 32), (1, "a\x00b"), (1, 7)])
def test_a_withdrawal_that_is_not_understood_takes_nothing_back(
    tx: Transaction, version: int, record: object
) -> None:
    note = Note(made_at=NOON, id=RecordId("a" * 32), text="theirs")
    arrived(tx, 0, note)
    body = {"id": "b" * 32, "made_at": "2026-01-01T00:00:00Z", "record": record}

    tx.index([Arrival(1, b"s" * 32, b"{}", Claim("jp", Withdrawal.kind, version, body))])

    assert [kept.record.text for kept in tx.every(Note)] == ["theirs"]
