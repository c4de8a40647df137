"""What is kept about partners, and what a round of the exchange yields."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from corridor.core.checkpoints import Checkpoint, checkpoint_of
from corridor.core.notes import note_of
from corridor.core.records import Part, Record
from corridor.core.rotations import Rotation
from corridor.core.signing import PublicKey
from corridor.core.statements import Claim
from corridor.federation.ports import HEX_32, NODE_NAME, Recovery


class EarlierKey(Part):
    """A key that a partner had before, and the part of its log that it signed."""

    public_key: str = Field(pattern=HEX_32)
    until: int = Field(ge=0)
    """The position from which on the next key signs."""


class Partner(Record):
    """A node whose fingerprint this node's operator compared. The newest of a name counts."""

    kind: ClassVar[str] = "federation.partner"
    minor: ClassVar[int] = 1

    name: str = Field(pattern=NODE_NAME)
    """The node's name, the origin of its log."""
    url: str
    """Where it is reached, without a slash at the end."""
    public_key: str = Field(pattern=HEX_32)
    """Its Ed25519 key now, in hex."""
    earlier: tuple[EarlierKey, ...] = ()
    """The keys it had before, oldest first (since 1.1)."""

    @property
    def key(self) -> PublicKey:
        """Its public key now: for checkpoints, requests, and the newest records."""
        return PublicKey.from_hex(self.public_key)

    def key_at(self, position: int) -> PublicKey:
        """Return the key that signs the record at a position of its log."""
        for earlier in self.earlier:
            if position < earlier.until:
                return PublicKey.from_hex(earlier.public_key)
        return self.key


class KeyRotation(Record):
    """This node changed its key, and both keys say so. The old key signs nothing after it."""

    kind: ClassVar[str] = "federation.key-rotation"

    rotation: Rotation
    """Its position is that of the record after this one."""


class KeyRecovery(Record):
    """This node lost its key and has a new one; only the new one says so, from here on.

    A partner believes it after its operator compared the new fingerprint with this node's.
    """

    kind: ClassVar[str] = "federation.key-recovery"

    recovery: Recovery
    """Its position is that of this record."""


Standing = Literal["active", "suspended", "frozen", "removed"]
"""Of a partner: we exchange records; our operator paused it; its log forked; it is none any more."""


class PartnerStanding(Record):
    """How this node stands to a partner from now on. The newest of a name counts; at first, active.

    Whatever its standing, the records that it stated before stay readable.
    """

    kind: ClassVar[str] = "federation.standing"

    partner: str = Field(pattern=NODE_NAME)
    standing: Standing
    reason: str = Field(min_length=1, max_length=2_000)
    """For the operator, and for whoever asks later."""


class Evidence(Part):
    """That a log was shown in two ways that exclude each other, both signed by its node.

    It holds if both notes are signed by the log's key, `proof` leads from `root` at the size of
    the smaller note to the root of the larger one, and the smaller note has another root.
    """

    smaller: str
    """A checkpoint, as a signed note."""
    larger: str
    """Another one of the same log, of the same size or a larger one."""
    root: str = Field(pattern=HEX_32)
    """The root that the larger tree has at the smaller one's size, in hex."""
    proof: tuple[str, ...] = Field(default=(), max_length=64)
    """RFC 6962 consistency proof from there to the larger root: hashes in hex."""


class Fork(Record):
    """A partner's log forked; anybody who knows its key can check that.

    It is for partners, so that all of them learn of it: those that know the accused node check the
    evidence themselves, and believe it or not.
    """

    kind: ClassVar[str] = "federation.fork"

    log: str
    """The origin of the log: the node's name, or NAME/audit."""
    public_key: str = Field(pattern=HEX_32)
    """The key that signed both notes."""
    evidence: Evidence


class LostEntry(Part):
    """A place in a log whose record is lost."""

    position: int = Field(ge=0)
    commitment: str = Field(pattern=HEX_32)
    """The log's entry there, in hex: the SHA-256 of salt and envelope."""


class LostRecords(Record):
    """Places of this node's log whose records are lost: no backup held them, nor any partner."""

    kind: ClassVar[str] = "federation.lost-records"

    entries: tuple[LostEntry, ...] = Field(min_length=1, max_length=1_000)
    reason: str = Field(min_length=1, max_length=2_000)
    """How they were lost."""


class Waiting(Part):
    """A node that accepted an invitation of ours; nobody has compared its fingerprint yet."""

    name: str
    url: str
    public_key: str
    since: datetime

    @property
    def key(self) -> PublicKey:
        """The public key that it says it has."""
        return PublicKey.from_hex(self.public_key)


class SyncState(Part):
    """How the exchange with one partner stands."""

    succeeded_at: datetime | None = None
    """When its log was last seen and found sound."""
    failed_at: datetime | None = None
    """When a round last failed; None once one has succeeded again."""
    error: str | None = None
    """Why it failed, hint included."""
    checkpoint: str | None = None
    """The last signed note of which every entry was verified."""
    target: str | None = None
    """A later signed note, while its entries are being fetched."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The signed notes that bind what is held of the log, the last whole one first."""
        return tuple(note for note in (self.checkpoint, self.target) if note is not None)

    @property
    def log_size(self) -> int | None:
        """How many entries the log has by the newest of these; None if there is none."""
        return max((checkpoint_of(note_of(note)).size for note in self.notes), default=None)


class PartnerStatus(Part):
    """A partner and how the exchange with it stands."""

    name: str
    url: str
    fingerprint: str
    key_since: datetime
    """When this node's operator confirmed the key, or it was announced by the key before it."""
    standing: Standing | Literal["waiting"]
    """`waiting`: it accepted our invitation, and our operator has not compared its fingerprint."""
    reason: str | None = None
    """Why it is not, or again, active."""
    mutual: bool | None = None
    """Whether it accepts our requests, by the last round; None if that is not known yet."""
    records_known: int
    """How many of its records this node may see and has."""
    next_position: int
    """How many entries of its log are known, those we may not see included."""
    log_size: int | None = None
    """How many its log has by the newest note that was verified; more than are known while this
    node catches up, None before the first."""
    last_success: datetime | None
    last_failure: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """A record that fits its commitment, its issuer's key and its kind, if that is known here."""

    salt: bytes
    envelope: bytes
    claim: Claim
    known: bool
    """Whether this program understands the kind."""


@dataclass(frozen=True, slots=True)
class Verified:
    """An entry of a partner's log that is in its signed tree."""

    position: int
    commitment: bytes
    content: Content | None
    """None where this node may not see the record."""


@dataclass(frozen=True, slots=True)
class Round:
    """A partner's log as it signed it now, and how much of it is known here."""

    partner: Partner
    checkpoint: Checkpoint
    note: str
    """The checkpoint as the partner signed it."""
    held: int
    """How many entries of the log are known here."""
    root: bytes
    """The root over these."""
    signed: tuple[str, ...]
    """Earlier notes that were verified, which a fork would contradict."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a partner's log, each entry of it in the tree that the partner signed."""

    round: Round
    start: int
    entries: tuple[Verified, ...]

    @property
    def end(self) -> int:
        """The position after its last entry."""
        return self.start + len(self.entries)


class Pulled(Part):
    """What a round added."""

    partner: str
    entries: int = 0
    """New places in the partner's log."""
    records: int = 0
    """Of these, the records this node may see."""
    unknown: int = 0
    """Of these, records of kinds this program does not know; they are kept."""

    def __add__(self, other: "Pulled") -> "Pulled":
        """Return what two stretches of one log added."""
        return Pulled(
            partner=self.partner,
            entries=self.entries + other.entries,
            records=self.records + other.records,
            unknown=self.unknown + other.unknown,
        )


class KnownRecord(Part):
    """A record this node has, its own or a partner's."""

    issuer: str
    position: int
    kind: str
    version: int
    minor: int
    made_at: datetime
    visibility: str
    known: bool
    """Whether this program understands the kind and version."""


class Witnessed(Part):
    """What this node last cosigned of a log."""

    origin: str
    size: int
    root: bytes
    note: str
    """The checkpoint with the log's signature and this node's cosignature."""
    cosigned_at: int
    """Seconds since 1970, as in the cosignature."""


class Claimed(Part):
    """A checkpoint of a partner's log that somebody showed and that could not be compared yet."""

    origin: str
    size: int
    root: bytes
    note: str
    told_by: str
    told_at: datetime


class Taken(Part):
    """A checkpoint of one of this node's logs that was handed to witnesses."""

    log: str
    size: int
    note: str
    """With the cosignatures that came so far."""
    cosignatures: int = 0
    """Of different witnesses, verified when they came."""
    taken_at: datetime


class Cosigned(Part):
    """What a witness last cosigned of one of this node's logs."""

    log: str
    witness: str
    """Its vkey."""
    size: int | None = None
    """None if it has not cosigned yet."""
    cosigned_at: datetime | None = None
    """By the witness's clock."""
    error: str | None = None
    """Why it did not the last time."""


class WitnessState(Part):
    """How it stands with one witness."""

    name: str
    url: str
    partner: bool
    """Whether it is a partner's node; else it is one of federation.witnesses."""
    size: int | None
    """Of the last checkpoint of this node's log that it cosigned."""
    cosigned_at: datetime | None
    error: str | None


class WitnessStatus(Part):
    """How far this node's log is cosigned."""

    quorum: int
    """How many witnesses must cosign for a checkpoint to be settled."""
    settled_size: int | None
    """Of the newest settled checkpoint of the log; None if there is none."""
    settled_audit_size: int | None
    """The same of the account of this node's acts."""
    witnesses: tuple[WitnessState, ...]


class ForkStated(Part):
    """A fork that this node or a partner states."""

    stated_by: str
    believed: bool
    """Whether the evidence holds for this node, which knows the accused one's keys or does not."""
    fork: Fork


class Behind(Part):
    """A partner's log does not reach here what somebody else was shown of it."""

    log: str
    size: int
    """As it was shown to somebody else."""
    held: int
    """As it is known here."""
    shown_to: str
    since: datetime


class AuditChecked(Part):
    """What is known of the account of a partner's acts; never what they say."""

    log: str
    size: int
    """How many acts it has now."""
    checked: int | None
    """How many it had when this node last cosigned it: of these, nothing was removed or changed."""
    since: datetime | None
    """When that was."""
