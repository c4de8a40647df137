"""The tlog-proof: that an entry is in a log, with all that is needed to check it, as one text.

Format: https://c2sp.org/tlog-proof. It holds the entry's index, the hashes of its inclusion proof
and the checkpoint's note with its cosignatures. It does not hold the entry: whoever checks a proof
has that already.
"""

import base64
import re
from dataclasses import dataclass

from corridor.core.checkpoints import checkpoint_of
from corridor.core.errors import Invalid
from corridor.core.merkle import leaf_hash
from corridor.core.notes import MAX_NOTE_BYTES, from_base64, note_of
from corridor.core.proofs import Proof, check_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
HASH_BYTES = 32
MAX_PROOF_BYTES = 2 * MAX_NOTE_BYTES
INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Where an entry is in a log, and the proof of it."""

    index: int
    """Its position, from zero."""
    hashes: Proof
    """The inclusion proof, lowest first."""
    note: str
    """The checkpoint as a signed note, cosignatures included."""
    extra: bytes | None = None
    """What an application wants to have by it. Nothing vouches for it."""

    def text(self) -> str:
        """Return the proof as the standard writes it."""
        extra = "" if self.extra is None else f"extra {base64.b64encode(self.extra).decode()}\n"
        hashes = "".join(f"{base64.b64encode(hash_).decode()}\n" for hash_ in self.hashes)
        return f"{HEADER}\n{extra}index {self.index}\n{hashes}\n{self.note}"

    def check(self, entry: bytes) -> None:
        """Check that an entry is where the proof says, in the tree that its checkpoint names.

        The checkpoint's signatures are not checked here.

        Raises:
            ProofFails: if it is not.
        """
        checkpoint = checkpoint_of(note_of(self.note))
        check_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)


def tlog_proof(text: str) -> TlogProof:
    """Read a tlog-proof. Nothing in it is verified.

    Raises:
        Invalid: if it is not one.
    """
    if len(text) > MAX_PROOF_BYTES:
        raise Invalid("The proof is larger than a proof may be.")
    head, divider, note = text.partition("\n\n")
    header, *lines = head.split("\n")
    if not divider or header != HEADER:
        raise Invalid(f"This is not a proof of the form {HEADER}.")
    checkpoint_of(note_of(note))
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "), "The proof's extra data")
    index = INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None:
        raise Invalid("The proof does not say where the entry is.")
    if len(lines) > MAX_HASHES:
        raise Invalid(f"The proof has {len(lines)} hashes; {MAX_HASHES} are the most.")
    return TlogProof(int(index[1]), tuple(_hash(line) for line in lines), note, extra)


def _hash(line: str) -> bytes:
    value = from_base64(line, "A hash in the proof")
    if len(value) != HASH_BYTES:
        raise Invalid("A hash in the proof is no SHA-256 digest.")
    return value
