"""A record with its proof, in one file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON, Note, a_store

from corridor.core.bundles import MAX_BUNDLE_BYTES, MEDIA_TYPE, Bundle, read_bundle
from corridor.core.bundling import bundle_of, proof_of
from corridor.core.canonical import canonical
from corridor.core.checkpoints import Checkpoint, log_key, signed_note
from corridor.core.cosignatures import cosigned, cosigner_key
from corridor.core.errors import CorridorError, Invalid, NotFound
from corridor.core.notes import note_of, with_signatures
from corridor.core.proofs import ProofFails
from corridor.core.records import Entry
from corridor.core.rotations import keys_by_position, rotated
from corridor.core.signing import BadSignature, Signer
from corridor.core.store import Store
from corridor.core.tlog_proofs import tlog_proof

ENTRIES = 21


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = a_store(tmp_path)
    with opened.transaction("test") as tx:
        for number in range(ENTRIES):
            tx.append(Note(made_at=NOON, text=f"note {number}"))
    yield opened
    opened.close()


def entry_at(store: Store, position: int) -> Entry:
    with store.view() as view:
        return view.entries(issuer=store.identity.name)[position]


def a_bundle(store: Store, position: int = 7) -> Bundle:
    entry = entry_at(store, position)
    with store.view() as view:
        return bundle_of(view, entry)


@pytest.mark.parametrize("position", [0, 1, 15, 16, 20])
def test_a_bundle_of_any_record_comes_back_from_its_file(store: Store, position: int) -> None:
    bundle = a_bundle(store, position)

    read = read_bundle(bundle.text().encode())
    proof = tlog_proof(read.proof)
    assert read == bundle
    assert proof.index == position
    proof.check(read.commitment())


def test_the_envelope_in_it_gives_the_very_bytes_that_were_logged(store: Store) -> None:
    with store.view() as view:
        (leaf,) = view.leaves(7, 1)
    bundle = json.loads(a_bundle(store).text())

    assert canonical(bundle["envelope"]) == leaf.envelope
    assert bundle["salt"] == leaf.salt.hex()
    assert bundle["media_type"] == MEDIA_TYPE


def test_the_issuers_key_and_the_witnesses_are_named_in_it(store: Store) -> None:
    witness = cosigner_key("north", Signer.generate().public)
    rotation = rotated("in", Signer.generate(), store.identity.signer, 3)
    entry = entry_at(store, 7)
    with store.view() as view:
        bundle = bundle_of(view, entry, witnesses=[witness], rotations=[rotation])

    own = log_key("in", store.identity.signer.public)
    assert bundle.keys == (own.text(), witness.text())
    assert bundle.rotations == (rotation,)
    assert read_bundle(bundle.text().encode()) == bundle


def test_a_record_is_proved_under_an_earlier_checkpoint_with_its_cosignatures(
    store: Store,
) -> None:
    with store.view() as view:
        old = view.checkpoint()
    witness = Signer.generate()
    old = with_signatures(old, [cosigned(note_of(old).text, "north", witness, NOON)])
    with store.transaction("test") as tx:
        tx.append(Note(made_at=NOON))

    with store.view() as view:
        bundle = bundle_of(view, entry_at(store, 7), old)
        with pytest.raises(Invalid, match="covers 21 records"):
            proof_of(view, entry_at(store, ENTRIES), old)

    assert tlog_proof(bundle.proof).note == old
    tlog_proof(bundle.proof).check(bundle.commitment())


def test_an_earlier_key_of_the_log_speaks_for_what_it_signed_and_for_nothing_later(
    store: Store,
) -> None:
    before, stranger = Signer.generate(), Signer.generate()
    with store.view() as view:
        roots = {size: view.log_root(size=size) for size in (10, 11)}
    spans = keys_by_position(
        before.public, [rotated("in", before, store.identity.signer, position=10)]
    )
    entry = entry_at(store, 7)

    def by(signer: Signer, size: int) -> str:
        return signed_note(Checkpoint("in", size, roots[size]), signer)

    with store.view() as view:
        for note in (by(before, 10), by(store.identity.signer, 10), by(store.identity.signer, 11)):
            assert proof_of(view, entry, note, spans).note == note
        assert tlog_proof(bundle_of(view, entry, by(before, 10), spans=spans).proof).index == 7
        for note in (by(before, 11), by(stranger, 10)):
            with pytest.raises(BadSignature):
                proof_of(view, entry, note, spans)
        with pytest.raises(BadSignature):
            proof_of(view, entry, by(before, 10))


def test_a_checkpoint_of_another_node_or_of_another_past_is_refused(store: Store) -> None:
    elsewhere = signed_note(Checkpoint("in", ENTRIES, b"r" * 32), store.identity.signer)
    stranger = signed_note(Checkpoint("in", ENTRIES, b"r" * 32), Signer.generate())
    future = signed_note(Checkpoint("in", ENTRIES + 1, b"r" * 32), store.identity.signer)
    entry = entry_at(store, 7)
    with store.view() as view:
        with pytest.raises(ProofFails):
            bundle_of(view, entry, elsewhere)
        with pytest.raises(BadSignature):
            bundle_of(view, entry, stranger)
        with pytest.raises(Invalid):
            bundle_of(view, entry, future)


def test_a_record_of_another_node_is_not_bundled_here(store: Store) -> None:
    partners = entry_at(store, 7).model_copy(update={"issuer": "jp"})

    with store.view() as view, pytest.raises(NotFound, match="jp's record"):
        bundle_of(view, partners)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"salt": "00"}, "salt"),
        ({"salt": "A" * 64}, "salt"),
        ({"envelope": "text"}, "envelope"),
        ({"media_type": "application/json"}, "media_type"),
        ({"more": 1}, "more"),
        ({"proof": None}, "proof"),
        ({"keys": [1]}, "keys.0"),
        ({"rotations": [{"name": "in"}]}, "rotations.0"),
        ({"keys": ["k"] * 300}, "keys"),
    ],
)
def test_what_is_no_bundle_is_refused_with_the_place(
    store: Store, change: dict[str, object], place: str
) -> None:
    value = json.loads(a_bundle(store).text()) | change

    with pytest.raises(Invalid, match=f"no bundle: {place}"):
        read_bundle(json.dumps(value).encode())


def test_a_name_that_stands_twice_is_refused(store: Store) -> None:
    text = a_bundle(store).text().replace('"salt":', '"salt": "", "salt":', 1)

    with pytest.raises(Invalid, match="not JSON"):
        read_bundle(text.encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"1", b"\xff", b"{}", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000],
    ids=["empty", "list", "number", "binary", "object", "deep", "deeper", "digits"],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_bundle(data)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(Invalid, match="larger"):
        read_bundle(b" " * (MAX_BUNDLE_BYTES + 1))


@given(st.binary(max_size=300))
def test_nothing_but_our_own_errors_comes_out_of_reading(data: bytes) -> None:
    with pytest.raises(CorridorError):
        read_bundle(data)
