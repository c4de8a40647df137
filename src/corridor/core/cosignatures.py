"""Cosignatures: a witness's word that a log had grown, and only grown, to a checkpoint at a time.

Format: https://c2sp.org/tlog-cosignature, version 1, with Ed25519. It covers the whole text of the
checkpoint's note and the time, in seconds. The time is the witness's; whether it can be true, the
caller decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from corridor.core.errors import Invalid
from corridor.core.notes import COSIGNATURE, SignatureLine, VerifierKey, note_of
from corridor.core.signing import BadSignature, PublicKey, Signer

TIME_BYTES = 8
SIGNATURE_BYTES = 64
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That a witness cosigned a checkpoint."""

    name: str
    key: PublicKey
    at: datetime
    """By the witness's clock, to the second."""


def cosigner_key(name: str, public_key: PublicKey) -> VerifierKey:
    """Return the key by which a witness's cosignatures are verified.

    Raises:
        Invalid: if the name cannot be one of a key.
    """
    return VerifierKey(name, COSIGNATURE, public_key)


def cosigned(note_text: str, name: str, signer: Signer, at: datetime) -> str:
    """Return a witness's signature line, with its newline, over the text of a checkpoint's note.

    Raises:
        Invalid: if the time has no zone or is before 1970.
    """
    if at.tzinfo is None or at < EPOCH:
        raise Invalid("A cosignature is dated in a time zone, and not before 1970.")
    seconds = (at - EPOCH) // timedelta(seconds=1)
    signature = signer.sign(_message(seconds, note_text))
    identifier = cosigner_key(name, signer.public).id
    line = SignatureLine(name, identifier, seconds.to_bytes(TIME_BYTES, "big") + signature)
    return line.text()


def cosignatures_of(note: str, witnesses: Sequence[VerifierKey]) -> tuple[Cosignature, ...]:
    """Return which of these witnesses cosigned a note, in their order, and when first.

    A witness counts once, however many keys, names or cosignatures it has there.

    Raises:
        Invalid: if the note is malformed, or a key is not a witness's.
        BadSignature: if a line names a witness's key and does not fit it.
    """
    taken = note_of(note)
    found: list[Cosignature] = []
    for witness in witnesses:
        if witness.algorithm != COSIGNATURE:
            raise Invalid(f"The key of {witness.name} is a log's, not a witness's.")
        times = [_time(line, witness, taken.text) for line in taken.signed_by(witness)]
        known = any(witness.name == one.name or witness.key == one.key for one in found)
        if times and not known:
            found.append(Cosignature(witness.name, witness.key, min(times)))
    return tuple(found)


def _time(line: SignatureLine, witness: VerifierKey, text: str) -> datetime:
    """Return when a witness signed, after checking that it did."""
    seconds = int.from_bytes(line.signature[:TIME_BYTES], "big")
    if len(line.signature) != TIME_BYTES + SIGNATURE_BYTES or seconds > LATEST.timestamp():
        raise BadSignature(f"The cosignature of {witness.name} is malformed.")
    witness.key.verify(line.signature[TIME_BYTES:], _message(seconds, text))
    return datetime.fromtimestamp(seconds, UTC)


def _message(seconds: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
