"""Signed notes: a text under one or more signatures, and the keys that verify them.

Format: https://c2sp.org/signed-note. A signature of a key that is not known here is passed over; one
that names a known key must fit, or the whole note is refused. A note says nothing of what its text
means; `checkpoints` and `cosignatures` read that.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from corridor.core.errors import Invalid
from corridor.core.signing import BadSignature, PublicKey

ED25519 = 0x01
"""A signature over the note's text."""
COSIGNATURE = 0x04
"""A witness's signature over the time and the note's text (tlog-cosignature, version 1)."""
ALGORITHMS = (ED25519, COSIGNATURE)
MAX_NOTE_BYTES = 64 * 1024
MAX_SIGNATURES = 128
"""The standard asks for 16 at least."""
MAX_NAME_BYTES = 255
KEY_BYTES = 32
ID_BYTES = 4
DASH = "—"


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note, not yet verified."""

    name: str
    key_id: bytes
    """Four bytes."""
    signature: bytes

    def text(self) -> str:
        """Return the line as it stands in a note, its newline included."""
        encoded = base64.b64encode(self.key_id + self.signature).decode()
        return f"{DASH} {self.name} {encoded}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note that has the right form; nothing in it is verified yet."""

    text: str
    """What is signed, its last newline included."""
    signatures: tuple[SignatureLine, ...]

    def signed_by(self, key: "VerifierKey") -> tuple[SignatureLine, ...]:
        """Return the signatures that name a key, whether or not they fit it."""
        return tuple(
            line for line in self.signatures if (line.name, line.key_id) == (key.name, key.id)
        )


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs notes under and the kind of signature it makes."""

    name: str
    algorithm: int
    """`ED25519` or `COSIGNATURE`."""
    key: PublicKey

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.algorithm not in ALGORITHMS:
            raise Invalid(
                f"The key of {self.name} makes signatures of type {self.algorithm:#04x}.",
                hint="Corridor verifies types 0x01 and 0x04 (Ed25519).",
            )
        if len(self.key.raw) != KEY_BYTES:
            raise Invalid(f"The key of {self.name} does not have {KEY_BYTES} bytes.")

    @classmethod
    def from_text(cls, text: str) -> "VerifierKey":
        """Read a key written as a vkey: name, id and key with its type, joined by plus signs.

        Raises:
            Invalid: if it is anything else, or if the id is that of another key.
        """
        name, first, rest = text.partition("+")
        identifier, second, encoded = rest.partition("+")
        if not first or not second:
            raise Invalid("A verifier key is written NAME+ID+KEY.")
        material = from_base64(encoded, "The verifier key")
        key = cls(name, material[0], PublicKey(material[1:])) if material else None
        if key is None or identifier.lower() != key.id.hex():
            raise Invalid(f"The id {identifier[:16]!r} is not that of the key it stands with.")
        return key

    @property
    def id(self) -> bytes:
        """The four bytes that name the key: SHA-256(name, newline, type, key)[:4]."""
        material = bytes([self.algorithm]) + self.key.raw
        return hashlib.sha256(self.name.encode() + b"\n" + material).digest()[:ID_BYTES]

    def text(self) -> str:
        """Return the key as a vkey, without a newline."""
        encoded = base64.b64encode(bytes([self.algorithm]) + self.key.raw).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


def check_name(name: str) -> None:
    """Check the name of a key.

    Raises:
        Invalid: if it is empty or too long, or has a space, a plus or a control character.
    """
    if (
        not name
        or not is_plain(name, "")
        or any(character.isspace() or character == "+" for character in name)
        or len(name.encode()) > MAX_NAME_BYTES
    ):
        raise Invalid(f"{name[:80]!r} is no name for a key: no spaces, no plus, not empty.")


def note_of(note: str | bytes) -> Note:
    """Take a note apart.

    Raises:
        Invalid: if it has not the form of a signed note.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise Invalid("The note is larger than a note may be.")
    written = _unicode(note)
    body, divider, signatures = written.rpartition("\n\n")
    if not divider or not signatures.endswith("\n"):
        raise Invalid("This is not a signed note.")
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Invalid(f"The note has {len(lines)} signatures; {MAX_SIGNATURES} are the most.")
    return Note(body + "\n", tuple(signature_line(line) for line in lines))


def signature_line(line: str) -> SignatureLine:
    """Read one signature line, without its newline.

    Raises:
        Invalid: if it is malformed.
    """
    words = line.split(" ")
    if len(words) != 3 or words[0] != DASH:
        raise Invalid("A signature line in the note is malformed.")
    check_name(words[1])
    signature = from_base64(words[2], "A signature in the note")
    if len(signature) <= ID_BYTES:
        raise Invalid("A signature in the note is too short.")
    return SignatureLine(words[1], signature[:ID_BYTES], signature[ID_BYTES:])


def signed(text: str, lines: Iterable[SignatureLine]) -> str:
    """Return a text under its signatures as a note."""
    return f"{text}\n{''.join(line.text() for line in lines)}"


def check_signature(note: Note, key: VerifierKey) -> None:
    """Check that a log's key signed the text of a note.

    Raises:
        BadSignature: if its signature is missing, or if one that names it does not fit.
    """
    if key.algorithm != ED25519:
        raise Invalid(f"The key of {key.name} is a witness's, not a log's.")
    lines = note.signed_by(key)
    if not lines:
        raise BadSignature(f"The note bears no signature of {key.name}.")
    for line in lines:
        key.key.verify(line.signature, note.text.encode())


def with_signatures(note: str, lines: Iterable[str]) -> str:
    """Return a note with those signature lines added that it has not yet.

    Raises:
        Invalid: if note or lines are malformed, or if they grow too large together.
    """
    before = note_of(note)
    added = tuple(signature_line(line.removesuffix("\n")) for line in lines)
    every = dict.fromkeys((*before.signatures, *added))
    after = signed(before.text, every)
    note_of(after)
    return after


def from_base64(text: str, what: str) -> bytes:
    """Read base64 that is written in the one canonical way.

    Raises:
        Invalid: if it is not.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Invalid(f"{what} is not base64.") from error
    if base64.b64encode(data).decode() != text:
        raise Invalid(f"{what} is not canonical base64.")
    return data


def is_plain(text: str, allowed: str = "\n") -> bool:
    """Tell whether a text is Unicode without control characters other than those allowed."""
    return not any(
        ("\ud800" <= character <= "\udfff") or (character < " " and character not in allowed)
        for character in text
    )


def _unicode(note: str | bytes) -> str:
    try:
        written = note.decode() if isinstance(note, bytes) else note
    except UnicodeDecodeError as error:
        raise Invalid("The note is not UTF-8.") from error
    if not is_plain(written):
        raise Invalid("The note has characters that no note may have.")
    if len(written.encode()) > MAX_NOTE_BYTES:
        raise Invalid("The note is larger than a note may be.")
    return written
