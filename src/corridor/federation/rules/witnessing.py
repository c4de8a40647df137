"""What a witness is handed, whose logs it knows, and what proves that a log forked.

Formats: https://c2sp.org/tlog-witness (add-checkpoint) and https://c2sp.org/tlog-checkpoint. Two
checkpoints prove a fork only if one key of the log signed both and no tree can begin with both;
that one is older, or that a proof is missing, proves nothing.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from corridor.core.checkpoints import Checkpoint, checkpoint_of, verified_note
from corridor.core.errors import CorridorError, Invalid
from corridor.core.merkle import EMPTY_ROOT
from corridor.core.notes import from_base64, note_of
from corridor.core.proofs import ProofFails, check_consistency
from corridor.core.signing import BadSignature, PublicKey
from corridor.federation.errors import (
    Inconsistent,
    LogNotTrusted,
    NoEvidence,
    NotASubmission,
    NotProved,
    TwoTrees,
    UnknownLog,
)
from corridor.federation.ports import NODE_NAME, AuditProof
from corridor.federation.records import Claimed, Evidence, Partner

MAX_PROOF_LINES = 63
HASH_BYTES = 32
OLD_SIZE = re.compile(r"old (0|[1-9][0-9]{0,18})")
ORIGIN = re.compile(rf"({NODE_NAME.strip('^$')})(/audit(?:\.[1-9][0-9]{{0,2}})?)?")


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint handed in for a cosignature. It has the right form; nothing is verified."""

    old: int
    """The size from which the proof leads."""
    proof: tuple[bytes, ...]
    note: str
    """The signed note."""
    checkpoint: Checkpoint
    """What the note says."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """States of the account of a partner's acts; only the partner can show that they are of one log.

    Each is compared with the account as the partner signs it now.
    """

    partner: Partner
    claim: Claimed
    """What somebody else was shown."""
    known: str | None
    """What this node cosigned; None if nothing."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes that are to be compared, the smaller one first."""
        notes = (self.claim.note,) if self.known is None else (self.claim.note, self.known)
        return tuple(sorted(notes, key=lambda note: checkpoint_in(note).size))


def submission_of(body: bytes) -> Submission:
    """Read the body of an add-checkpoint request.

    Raises:
        NotASubmission: if it has not the form, or its old size is the larger one.
    """
    try:
        head, divider, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NotASubmission("The body is no text.") from error
    first, *lines = head.split("\n")
    old = OLD_SIZE.fullmatch(first)
    if not divider or old is None or len(lines) > MAX_PROOF_LINES:
        raise NotASubmission("The body does not begin with an old size, a proof, an empty line.")
    try:
        proof = tuple(from_base64(line, "A line of the proof") for line in lines)
        checkpoint = checkpoint_of(note_of(note))
    except Invalid as error:
        raise NotASubmission(error.message) from error
    if any(len(hash_) != HASH_BYTES for hash_ in proof):
        raise NotASubmission("A line of the proof is no SHA-256 digest.")
    if int(old[1]) > checkpoint.size:
        raise NotASubmission("The old size is larger than the checkpoint's.")
    return Submission(int(old[1]), proof, note, checkpoint)


def submission_text(old: int, proof: Sequence[bytes], note: str) -> str:
    """Return the body of an add-checkpoint request."""
    lines = "".join(f"{base64.b64encode(hash_).decode()}\n" for hash_ in proof)
    return f"old {old}\n{lines}\n{note}"


def node_of(origin: str) -> str | None:
    """Return the name of the node whose log, or audit log, has this origin; None if none can."""
    found = ORIGIN.fullmatch(origin)
    return found[1] if found else None


def partner_of(partners: Sequence[Partner], origin: str) -> Partner:
    """Return the partner whose log, or audit log, has an origin.

    Raises:
        UnknownLog: if there is none.
    """
    name = node_of(origin)
    for partner in partners:
        if partner.name == name:
            return partner
    raise UnknownLog(f"This node witnesses no log {origin[:80]!r}.")


def keys_for(partner: Partner, checkpoint: Checkpoint) -> tuple[PublicKey, ...]:
    """Return the keys of a partner that may have signed a checkpoint, its present one first.

    A checkpoint of its log is signed by the key of the last record that it covers, or by the key
    that came next. Of the audit log it is not known where the key changed, so each may have signed.
    """
    if checkpoint.origin == partner.name:
        keys = [partner.key_at(checkpoint.size), partner.key_at(max(checkpoint.size - 1, 0))]
    else:
        keys = [partner.key, *(PublicKey.from_hex(each.public_key) for each in partner.earlier)]
    return tuple(dict.fromkeys(keys))


def signed_by(note: str, partner: Partner) -> tuple[Checkpoint, PublicKey]:
    """Return the checkpoint of a note of a partner's log, and which of its keys signed it.

    Raises:
        LogNotTrusted: if none that may did, or if a signature that names such a key does not fit.
        Invalid: if the note is no checkpoint.
    """
    checkpoint = checkpoint_of(note_of(note))
    return check_signed(note, checkpoint.origin, keys_for(partner, checkpoint))


def check_signed(note: str, origin: str, keys: Sequence[PublicKey]) -> tuple[Checkpoint, PublicKey]:
    """Return the checkpoint of a note of a log, and which of some keys signed it.

    Raises:
        LogNotTrusted: if none did, or if a signature that names such a key does not fit.
        Invalid: if the note is no checkpoint of that log.
    """
    for key in keys:
        try:
            return verified_note(note, origin, key), key
        except BadSignature:
            continue
    raise LogNotTrusted(f"The checkpoint is not signed by a key of {origin}.")


def check_tree(checkpoint: Checkpoint) -> None:
    """Check that a checkpoint of an empty log has the root of the empty tree.

    Raises:
        Inconsistent: if not.
    """
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise Inconsistent("A log of no entries has the root of the empty tree.")


def check_grown(old: int, root: bytes, checkpoint: Checkpoint, proof: Sequence[bytes]) -> None:
    """Check that a checkpoint's tree grew out of the tree of an earlier size and root.

    Raises:
        TwoTrees: if it is of the same size and has another root.
        Inconsistent: if the proof does not show it.
    """
    check_tree(checkpoint)
    if old == checkpoint.size and root != checkpoint.root:
        raise TwoTrees(checkpoint.origin, old)
    try:
        check_consistency(old, root, checkpoint.size, checkpoint.root, proof)
    except ProofFails as error:
        raise Inconsistent(error.message) from error


def check_evidence(evidence: Evidence, origin: str, *keys: PublicKey) -> PublicKey:
    """Check that evidence proves a fork of a log to somebody who knows its key, or its keys.

    Returns the key that signed the larger note.

    Raises:
        NoEvidence: if it does not.
    """
    try:
        smaller, _ = check_signed(evidence.smaller, origin, keys)
        larger, key = check_signed(evidence.larger, origin, keys)
        if smaller.size > larger.size:
            raise NoEvidence("The smaller note is the larger one.")
        proof = [bytes.fromhex(hash_) for hash_ in evidence.proof]
        root = bytes.fromhex(evidence.root)
        check_consistency(smaller.size, root, larger.size, larger.root, proof)
    except NoEvidence:
        raise
    except (CorridorError, ValueError) as error:
        reason = error.message if isinstance(error, CorridorError) else "its proof is not hex."
        raise NoEvidence(f"The evidence does not hold: {reason}") from error
    # Any tree begins with the empty one, whose root is known: a proof from nothing shows no root.
    if smaller.size == 0 and root != EMPTY_ROOT:
        raise NoEvidence("The evidence gives the empty tree a root that it does not have.")
    if smaller.root == root:
        raise NoEvidence("Both notes are of one log that grew.")
    return key


def contradiction(note: str, now: str, shown: AuditProof, partner: Partner) -> Evidence | None:
    """Return the evidence that a log as it is now excludes an earlier note; None if it grew from it.

    Raises:
        NotProved: if what the partner shows proves neither.
    """
    earlier, later = checkpoint_in(note), checkpoint_in(now)
    try:
        proof = tuple(bytes.fromhex(hash_) for hash_ in shown.proof)
        check_consistency(earlier.size, earlier.root, later.size, later.root, proof)
    except ProofFails:
        root = later.root.hex() if earlier.size == later.size else shown.root
        try:
            evidence = Evidence(smaller=note, larger=now, root=root or "", proof=shown.proof)
            accused_by(evidence, partner)
        except (ValidationError, NoEvidence) as error:
            raise NotProved(
                f"{partner.name} does not show that {later.origin} with {later.size} acts begins "
                f"with the {earlier.size} that it had before."
            ) from error
        return evidence
    return None


def accused_by(evidence: Evidence, partner: Partner) -> tuple[str, PublicKey]:
    """Return which log of a partner forked by this evidence, and the key that signed it.

    Raises:
        NoEvidence: if it does not hold for somebody who knows this partner's keys.
    """
    try:
        notes = [checkpoint_in(note) for note in (evidence.smaller, evidence.larger)]
    except Invalid as error:
        raise NoEvidence(f"The evidence does not hold: {error.message}") from error
    if any(node_of(each.origin) != partner.name for each in notes):
        raise NoEvidence(f"The evidence is not about a log of {partner.name}.")
    keys = [key for checkpoint in notes for key in keys_for(partner, checkpoint)]
    return notes[0].origin, check_evidence(evidence, notes[0].origin, *keys)


def checkpoint_in(note: str) -> Checkpoint:
    """Return what a note says that was verified before it was kept."""
    return checkpoint_of(note_of(note))


def pair_of(evidence: Evidence) -> frozenset[str]:
    """Return what makes two pieces of evidence the same: the texts of both notes."""
    return frozenset(note_of(note).text for note in (evidence.smaller, evidence.larger))


def moment(seconds: int) -> datetime:
    """Return the time that a cosignature names."""
    return datetime.fromtimestamp(seconds, UTC)
