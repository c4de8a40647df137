"""The checkpoint: a log's size and root, signed as a C2SP signed note by the log's node.

Format: https://c2sp.org/tlog-checkpoint. Its origin is the node's name, or the name with `/audit`
behind it. A note may carry signatures of others; those are passed over here.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from corridor.core.errors import Invalid
from corridor.core.notes import (
    ED25519,
    MAX_NOTE_BYTES,
    Note,
    SignatureLine,
    VerifierKey,
    check_signature,
    from_base64,
    note_of,
    signed,
)
from corridor.core.signing import BadSignature, PublicKey, Signer

__all__ = [
    "MAX_NOTE_BYTES",
    "Checkpoint",
    "checkpoint_of",
    "key_id",
    "log_key",
    "signed_note",
    "verified_by_any",
    "verified_note",
    "verifier_key",
]

ROOT_BYTES = 32
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a node says its log is: name, number of entries, Merkle root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the body of the note, its last newline included."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def log_key(name: str, key: PublicKey) -> VerifierKey:
    """Return the key by which a log's checkpoints are verified.

    Raises:
        Invalid: if the name cannot be one of a key.
    """
    return VerifierKey(name, ED25519, key)


def key_id(name: str, key: PublicKey) -> bytes:
    """Return the four bytes that name a log's key in a note."""
    return log_key(name, key).id


def verifier_key(name: str, key: PublicKey) -> str:
    """Return a log's key as signed notes write it: name, id, and the key with its type."""
    return log_key(name, key).text()


def signed_note(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the checkpoint as a signed note."""
    text = checkpoint.text()
    identifier = key_id(checkpoint.origin, signer.public)
    return signed(text, [SignatureLine(checkpoint.origin, identifier, signer.sign(text.encode()))])


def verified_note(note: str, origin: str, key: PublicKey) -> Checkpoint:
    """Return the checkpoint of a note after checking origin and signature.

    Raises:
        Invalid: if the note is malformed or of another origin.
        BadSignature: if the origin's signature is missing or does not fit.
    """
    taken = note_of(note)
    check_signature(taken, log_key(origin, key))
    checkpoint = checkpoint_of(taken)
    if checkpoint.origin != origin:
        raise Invalid(f"The checkpoint is not one of {origin}.")
    return checkpoint


def verified_by_any(
    note: str, origin: str, keys: Sequence[PublicKey]
) -> tuple[Checkpoint, PublicKey]:
    """Return the checkpoint of a note, and which of some keys of its origin signed it.

    Raises:
        Invalid: if the note is malformed or of another origin.
        BadSignature: if none of them did.
    """
    for key in keys[:-1]:
        try:
            return verified_note(note, origin, key), key
        except BadSignature:
            continue
    return verified_note(note, origin, keys[-1]), keys[-1]


def checkpoint_of(note: Note) -> Checkpoint:
    """Return what a note says of a log. Nothing is verified.

    Raises:
        Invalid: if its text is no checkpoint.
    """
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise Invalid("The checkpoint has no origin, size and root.")
    if not SIZE.fullmatch(lines[1]):
        raise Invalid("The checkpoint's size is not a plain number.")
    root = from_base64(lines[2], "The checkpoint's root")
    if len(root) != ROOT_BYTES:
        raise Invalid("The checkpoint's root is no SHA-256 digest.")
    return Checkpoint(lines[0], int(lines[1]), root)
