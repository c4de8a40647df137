"""The checkpoint: a log's size and root, signed as a C2SP signed note by the log's node.

Formats: https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint. A note may carry
signatures of others; those are passed over here.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from corridor.core.errors import Invalid
from corridor.core.signing import BadSignature, PublicKey, Signer

ED25519 = b"\x01"
MAX_NOTE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a node says its log is: name, number of entries, Merkle root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the body of the note, its last newline included."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_id(name: str, key: PublicKey) -> bytes:
    """Return the four bytes that name a key in a note: SHA-256(name, newline, 0x01, key)[:4]."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + key.raw).digest()[:4]


def verifier_key(name: str, key: PublicKey) -> str:
    """Return a key as signed notes write it: the name, the key's id, and the key with its type."""
    encoded = base64.b64encode(ED25519 + key.raw).decode()
    return f"{name}+{key_id(name, key).hex()}+{encoded}"


def signed_note(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the checkpoint as a signed note."""
    text = checkpoint.text()
    signature = key_id(checkpoint.origin, signer.public) + signer.sign(text.encode())
    return f"{text}\n— {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def verified_note(note: str, origin: str, key: PublicKey) -> Checkpoint:
    """Return the checkpoint of a note after checking origin and signature.

    Raises:
        Invalid: if the note is malformed or of another origin.
        BadSignature: if the origin's signature is missing or does not fit.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise Invalid("The checkpoint is larger than a note may be.")
    body, divider, signatures = note.rpartition("\n\n")
    text = body + "\n"
    if not divider or not signatures.endswith("\n") or not _is_unicode(text):
        raise Invalid("The checkpoint is not a signed note.")
    expected = key_id(origin, key)
    for line in signatures.splitlines():
        name, signature = _signature(line)
        if name == origin and signature[:4] == expected:
            key.verify(signature[4:], text.encode())
            return _checkpoint(text, origin)
    raise BadSignature(f"The checkpoint bears no signature of {origin}.")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _signature(line: str) -> tuple[str, bytes]:
    try:
        dash, name, encoded = line.split(" ")
        if dash != "—":
            raise Invalid("A signature line in the checkpoint is malformed.")
        return name, base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Invalid("A signature line in the checkpoint is malformed.") from error


def _checkpoint(text: str, origin: str) -> Checkpoint:
    lines = text.split("\n")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError, binascii.Error) as error:
        raise Invalid("The checkpoint has no size and root.") from error
    if lines[0] != origin or len(root) != 32 or size < 0 or lines[1] != str(size):
        raise Invalid(f"The checkpoint is not one of {origin}.")
    return Checkpoint(origin, size, root)
