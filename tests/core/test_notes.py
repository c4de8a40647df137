"""Signed notes with several signatures, and the keys that verify them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_signer

from corridor.core.errors import CorridorError, Invalid
from corridor.core.notes import (
    COSIGNATURE,
    ED25519,
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Note,
    SignatureLine,
    VerifierKey,
    check_signature,
    note_of,
    signed,
    with_signatures,
)
from corridor.core.signing import BadSignature, PublicKey, Signer

SIGNER = a_signer(1)
KEY = VerifierKey("in", ED25519, SIGNER.public)
TEXT = "in\n1\nroot\n"
# The key of Go's checksum database, as https://go.dev/ref/mod and every Go program know it.
OTHERS = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


def line(text: str = TEXT, key: VerifierKey = KEY, signer: Signer = SIGNER) -> SignatureLine:
    return SignatureLine(key.name, key.id, signer.sign(text.encode()))


def test_a_note_comes_back_as_it_was_written() -> None:
    lines = (line(), SignatureLine("north", b"abcd", b"a signature of a kind unknown here"))

    assert note_of(signed(TEXT, lines)) == Note(TEXT, lines)


def test_a_note_is_read_from_bytes_as_from_text() -> None:
    note = signed("dünn\n", [line("dünn\n")])

    assert note_of(note.encode()) == note_of(note)


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "a\n\nb\n"

    assert note_of(signed(text, [line(text)])).text == text


def test_a_signature_of_a_known_key_is_verified() -> None:
    check_signature(note_of(signed(TEXT, [line()])), KEY)


def test_one_signature_that_does_not_fit_spoils_another_of_the_same_key() -> None:
    note = note_of(signed(TEXT, [line(), line("another text\n")]))

    with pytest.raises(BadSignature):
        check_signature(note, KEY)


def test_a_key_that_shares_name_or_id_only_is_passed_over() -> None:
    stranger = Signer.generate()
    same_name = line(key=VerifierKey("in", ED25519, stranger.public), signer=stranger)
    same_id = SignatureLine("jp", KEY.id, stranger.sign(TEXT.encode()))

    check_signature(note_of(signed(TEXT, [same_name, same_id, line()])), KEY)
    with pytest.raises(BadSignature, match="no signature of in"):
        check_signature(note_of(signed(TEXT, [same_name, same_id])), KEY)


def test_a_witness_key_does_not_verify_the_text_itself() -> None:
    with pytest.raises(Invalid, match="a witness's"):
        check_signature(
            note_of(signed(TEXT, [line()])), VerifierKey("in", COSIGNATURE, SIGNER.public)
        )


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n\n",
        b"text\n\n",
        b"text\n",
        b"text\n\n\n",
        f"tab\there\n\n{line().text()}",
        f"null\0\n\n{line().text()}",
        f"return\r\n\n{line().text()}",
        f"text\n\n{line().text()[:-1]}",
        f"text\n\n {line().text()}",
        f"text\n\n{line().text().replace(' in ', ' i+n ')}",
        f"text\n\n{line().text().replace(' in ', ' i n ')}",
        "text\n\n" + line().text().replace(" in ", " i\u2003n "),
        f"text\n\n{line().text().replace(' in ', '  ')}",
        f"text\n\n{line().text().replace('=', '')}",
        "text\n\n— in AAAAAB==\n",
        "text\n\n— in AAAA\n",
        b"\xff\xfe\n\n" + line().text().encode(),
        f"text \ud800\n\n{line().text()}",
    ],
)
def test_what_has_not_the_form_of_a_note_is_refused(note: str | bytes) -> None:
    with pytest.raises(Invalid):
        note_of(note)


def test_sixteen_signatures_are_read_and_a_flood_is_not() -> None:
    assert len(note_of(signed(TEXT, [line()] * 16)).signatures) == 16
    with pytest.raises(Invalid, match="signatures"):
        note_of(signed(TEXT, [line()] * (MAX_SIGNATURES + 1)))


def test_a_note_is_measured_in_bytes() -> None:
    text = "ü" * (MAX_NOTE_BYTES // 2) + "\n"

    with pytest.raises(Invalid, match="larger"):
        note_of(signed(text, [line(text)]))


@given(st.binary(max_size=400) | st.text(st.characters(), max_size=400))
def test_nothing_but_our_own_errors_comes_out_of_reading(note: bytes | str) -> None:
    try:
        note_of(note)
    except CorridorError:
        return
    assert b"\n\n" in (note.encode() if isinstance(note, str) else note)


@given(st.data())
def test_a_note_changed_anywhere_is_refused_or_verifies_another_text_never(
    data: st.DataObject,
) -> None:
    note = signed(TEXT, [line()]).encode()
    place = data.draw(st.integers(0, len(note) - 1))
    changed = note[:place] + data.draw(st.binary(max_size=3)) + note[place + 1 :]

    try:
        found = note_of(changed)
        check_signature(found, KEY)
    except Invalid:
        return
    assert found.text == TEXT


def test_a_key_that_others_made_is_read() -> None:
    key = VerifierKey.from_text(OTHERS)

    assert (key.name, key.algorithm, key.id.hex()) == ("sum.golang.org", ED25519, "033de0ae")
    assert key.text() == OTHERS


@given(
    st.text(st.characters(min_codepoint=33, codec="utf-8"), min_size=1, max_size=40).filter(
        lambda name: "+" not in name and not any(c.isspace() for c in name)
    ),
    st.sampled_from([ED25519, COSIGNATURE]),
    st.binary(min_size=32, max_size=32),
)
def test_a_key_comes_back_from_its_text(name: str, algorithm: int, raw: bytes) -> None:
    key = VerifierKey(name, algorithm, PublicKey(raw))

    assert VerifierKey.from_text(key.text()) == key


def material(algorithm: int, raw: bytes) -> str:
    return base64.b64encode(bytes([algorithm]) + raw).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "in",
        "in+",
        "in+00000000",
        "in+00000000+",
        f"in+00000000+{material(ED25519, SIGNER.public.raw)}",
        KEY.text() + " ",
        " " + KEY.text(),
        KEY.text()[:-1],
        f"in+{KEY.id.hex()}+{material(2, SIGNER.public.raw)}",
        f"in+{KEY.id.hex()}+{material(ED25519, SIGNER.public.raw[:31])}",
        f"jp{KEY.text()[2:]}",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        VerifierKey.from_text(text)


@given(st.text(max_size=120))
def test_nothing_but_our_own_errors_comes_out_of_reading_a_key(text: str) -> None:
    with pytest.raises(Invalid):
        VerifierKey.from_text(text)


def test_one_key_has_another_id_for_each_kind_of_signature() -> None:
    assert VerifierKey("in", COSIGNATURE, SIGNER.public).id != KEY.id


def test_signatures_are_added_behind_those_that_are_there_and_once() -> None:
    note = signed(TEXT, [line()])
    north = SignatureLine("north", b"abcd", b"x" * 72).text()
    east = SignatureLine("east", b"efgh", b"y" * 72).text()

    once = with_signatures(note, [north, east])

    assert once == note + north + east
    assert with_signatures(once, [east, north.removesuffix("\n"), line().text()]) == once


@pytest.mark.parametrize("added", ["", "\n", "north", "— north AAAA", f"{line().text()}\n\n"])
def test_a_malformed_signature_is_not_added(added: str) -> None:
    with pytest.raises(Invalid):
        with_signatures(signed(TEXT, [line()]), [added])
