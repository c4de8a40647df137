"""Proofs as C2SP writes them."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.merkle import merkle_tree_hash

from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.errors import CorridorError, Invalid
from corridor.core.merkle import leaf_hash
from corridor.core.proofs import ProofFails
from corridor.core.signing import Signer
from corridor.core.tlog_proofs import MAX_PROOF_BYTES, TlogProof, tlog_proof

SIGNER = Signer.generate()
ENTRIES = (b"one", b"two", b"three")
NOTE = signed_note(Checkpoint("in", 3, merkle_tree_hash(ENTRIES)), SIGNER)
PROOF = TlogProof(0, (leaf_hash(b"two"), leaf_hash(b"three")), NOTE)
HASH = base64.b64encode(hashlib.sha256(b"").digest()).decode()


def test_a_proof_is_written_as_c2sp_writes_it() -> None:
    two, three = (base64.b64encode(leaf_hash(entry)).decode() for entry in ENTRIES[1:])

    assert PROOF.text() == f"c2sp.org/tlog-proof@v1\nindex 0\n{two}\n{three}\n\n{NOTE}"


@given(
    st.integers(0, 2**53),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.none() | st.binary(max_size=100),
)
def test_a_proof_comes_back_from_its_text(
    index: int, hashes: list[bytes], extra: bytes | None
) -> None:
    proof = TlogProof(index, tuple(hashes), NOTE, extra)

    assert tlog_proof(proof.text()) == proof


def test_a_proof_leads_from_its_entry_and_from_no_other() -> None:
    PROOF.check(b"one")
    for other in (b"two", b"", b"One"):
        with pytest.raises(ProofFails):
            PROOF.check(other)


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    note = signed_note(Checkpoint("in", 1, merkle_tree_hash([b"one"])), SIGNER)
    proof = TlogProof(0, (), note)

    assert tlog_proof(proof.text()) == proof
    proof.check(b"one")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("c2sp.org/tlog-proof@v1\n", ""),
        ("index 0", "index 00"),
        ("index 0", "index -1"),
        ("index 0", "index ٠"),
        ("index 0", "index 0 "),
        ("index 0\n", ""),
        ("index 0", "index " + "9" * 5000),
        ("index 0", "extra\nindex 0"),
        ("index 0", "extra AAAA=\nindex 0"),
        ("index 0", "extra AAAA\nextra AAAA\nindex 0"),
        ("index 0\n", "index 0\nAAAA\n"),
        ("index 0\n", f"index 0\n{HASH[:-1]}\n"),
        ("index 0\n", f"index 0\n{HASH} \n"),
        ("index 0\n", "index 0\n" + f"{HASH}\n" * 62),
        ("\n\nin\n", "\nin\n"),
        ("\nin\n3\n", "\nin\n03\n"),
        ("\nin\n3\n", "\n3\n"),
        ("\n— in ", "\n- in "),
    ],
)
def test_a_proof_written_in_another_way_is_refused(old: str, new: str) -> None:
    assert old in PROOF.text()
    with pytest.raises(Invalid):
        tlog_proof(PROOF.text().replace(old, new, 1))


def test_a_proof_is_refused_wherever_it_is_cut() -> None:
    for end in range(len(PROOF.text())):
        with pytest.raises(Invalid):
            tlog_proof(PROOF.text()[:end])


def test_a_proof_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(Invalid, match="larger"):
        tlog_proof("x" * (MAX_PROOF_BYTES + 1))


@given(st.text(st.characters(), max_size=200), st.booleans())
def test_nothing_but_our_own_errors_comes_out_of_reading(text: str, behind: bool) -> None:
    whole = f"c2sp.org/tlog-proof@v1\n{text}" if behind else text
    with pytest.raises(CorridorError):
        tlog_proof(whole)
