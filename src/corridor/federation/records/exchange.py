"""What a round of the exchange yields, and which records were lost."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from corridor.core.checkpoints import Checkpoint, checkpoint_of
from corridor.core.notes import note_of
from corridor.core.records import Part, Record
from corridor.core.statements import Claim
from corridor.federation.ports import HEX_32
from corridor.federation.records.partners import Partner


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
