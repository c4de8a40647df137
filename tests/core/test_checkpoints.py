"""The checkpoint as a signed note."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.core.checkpoints import (
    MAX_NOTE_BYTES,
    Checkpoint,
    key_id,
    signed_note,
    verified_note,
)
from corridor.core.errors import Invalid
from corridor.core.signing import BadSignature, Signer

SIGNER = Signer.generate()
STRANGER = Signer.generate()
ROOT = hashlib.sha256(b"").digest()
ROOT_TEXT = base64.b64encode(ROOT).decode()


def signature_line(text: str, signer: Signer = SIGNER, name: str = "in") -> str:
    signature = key_id(name, signer.public) + signer.sign(text.encode())
    return f"— {name} {base64.b64encode(signature).decode()}\n"


def a_note_saying(text: str) -> str:
    """A note of `in` with a good signature over any text at all."""
    return f"{text}\n{signature_line(text)}"


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_comes_back_from_its_note_unchanged(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("in", size, root)

    assert verified_note(signed_note(checkpoint, SIGNER), "in", SIGNER.public) == checkpoint


def test_a_note_is_written_as_c2sp_writes_it() -> None:
    note = signed_note(Checkpoint("in", 7, ROOT), SIGNER)

    text = f"in\n7\n{ROOT_TEXT}\n"
    key_hash = hashlib.sha256(b"in\n\x01" + SIGNER.public.raw).digest()[:4]
    signature = base64.b64encode(key_hash + SIGNER.sign(text.encode())).decode()
    assert note == f"{text}\n— in {signature}\n"


def test_a_note_of_another_origin_is_refused() -> None:
    note = signed_note(Checkpoint("jp", 1, ROOT), SIGNER)

    with pytest.raises(BadSignature):
        verified_note(note, "in", SIGNER.public)


def test_a_note_that_speaks_of_one_log_under_the_signature_of_another_is_refused() -> None:
    with pytest.raises(Invalid, match="not one of in"):
        verified_note(a_note_saying(f"jp\n1\n{ROOT_TEXT}\n"), "in", SIGNER.public)


def test_a_note_signed_with_another_key_is_refused() -> None:
    note = signed_note(Checkpoint("in", 1, ROOT), STRANGER)

    with pytest.raises(BadSignature):
        verified_note(note, "in", SIGNER.public)


def test_a_signature_that_only_claims_the_key_is_refused() -> None:
    text = f"in\n1\n{ROOT_TEXT}\n"
    forged = key_id("in", SIGNER.public) + STRANGER.sign(text.encode())
    note = f"{text}\n— in {base64.b64encode(forged).decode()}\n"

    with pytest.raises(BadSignature):
        verified_note(note, "in", SIGNER.public)


def test_a_note_is_refused_wherever_it_is_cut() -> None:
    note = signed_note(Checkpoint("in", 1, ROOT), SIGNER)

    for end in range(len(note)):
        with pytest.raises(Invalid):
            verified_note(note[:end], "in", SIGNER.public)


@given(st.data())
def test_no_character_of_the_body_can_be_changed(data: st.DataObject) -> None:
    note = signed_note(Checkpoint("in", 123, ROOT), SIGNER)
    place = data.draw(st.integers(0, note.index("\n\n")))
    other = data.draw(st.characters(exclude_characters=note[place]))

    with pytest.raises(Invalid):
        verified_note(note[:place] + other + note[place + 1 :], "in", SIGNER.public)


def test_signatures_of_others_are_passed_over() -> None:
    text = f"in\n1\n{ROOT_TEXT}\n"
    witness = signature_line(text, STRANGER, "witness.example")
    another_key_of_the_same_name = signature_line(text, STRANGER)
    unknown_algorithm = f"— jp {base64.b64encode(b'abcd' + b'x' * 100).decode()}\n"
    note = f"{text}\n{witness}{another_key_of_the_same_name}{unknown_algorithm}"

    found = verified_note(note + signature_line(text), "in", SIGNER.public)

    assert found == Checkpoint("in", 1, ROOT)


def test_lines_after_the_root_are_signed_and_passed_over() -> None:
    note = a_note_saying(f"in\n1\n{ROOT_TEXT}\nan extension\n")

    assert verified_note(note, "in", SIGNER.public) == Checkpoint("in", 1, ROOT)


@pytest.mark.parametrize(
    "size", ["01", "00", "+1", "-1", "-0", "1_0", " 1", "1 ", "1.0", "0x1", "١", "", "9" * 5000]
)
def test_a_size_written_in_another_way_than_plain_decimal_is_refused(size: str) -> None:
    with pytest.raises(Invalid):
        verified_note(a_note_saying(f"in\n{size}\n{ROOT_TEXT}\n"), "in", SIGNER.public)


@pytest.mark.parametrize("root", ["", "AAAA", "not base64", ROOT_TEXT + "AAAA", ROOT_TEXT[:-1]])
def test_a_root_that_is_no_sha_256_digest_is_refused(root: str) -> None:
    with pytest.raises(Invalid):
        verified_note(a_note_saying(f"in\n1\n{root}\n"), "in", SIGNER.public)


@pytest.mark.parametrize("text", ["in\n", "in\n1\n", "\n", "in\n1"])
def test_a_note_without_size_and_root_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        verified_note(a_note_saying(text), "in", SIGNER.public)


@pytest.mark.parametrize(
    "line",
    ["— in\n", "- in AAAA\n", "— in AAAA more\n", "— in not-base64\n", "— in \n", "\n", "in\n"],
)
def test_a_malformed_signature_line_is_refused(line: str) -> None:
    with pytest.raises(Invalid):
        verified_note(f"in\n1\n{ROOT_TEXT}\n\n{line}", "in", SIGNER.public)


def test_a_note_that_is_not_unicode_is_refused() -> None:
    signature = key_id("in", SIGNER.public) + SIGNER.sign(b"anything")
    note = f"in\n1\n\ud800\n\n— in {base64.b64encode(signature).decode()}\n"

    with pytest.raises(Invalid):
        verified_note(note, "in", SIGNER.public)


def test_a_note_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(Invalid, match="larger"):
        verified_note("x" * (MAX_NOTE_BYTES + 1), "in", SIGNER.public)


@given(st.text(max_size=80))
def test_no_text_at_all_makes_reading_fail_in_another_way(note: str) -> None:
    with pytest.raises(Invalid):
        verified_note(note, "in", SIGNER.public)
