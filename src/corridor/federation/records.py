"""What is kept about partners, and what a round of the exchange yields."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from corridor.core.checkpoints import Checkpoint
from corridor.core.records import Part, Record
from corridor.core.signing import PublicKey
from corridor.core.statements import Claim
from corridor.federation.ports import HEX_32, NODE_NAME


class Partner(Record):
    """A node whose fingerprint this node's operator compared. The newest of a name counts."""

    kind: ClassVar[str] = "federation.partner"

    name: str = Field(pattern=NODE_NAME)
    """The node's name, the origin of its log."""
    url: str
    """Where it is reached, without a slash at the end."""
    public_key: str = Field(pattern=HEX_32)
    """Its Ed25519 key, in hex; it never changes."""

    @property
    def key(self) -> PublicKey:
        """Its public key."""
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
    """The last signed note that was verified against the tree."""


class PartnerStatus(Part):
    """A partner and how the exchange with it stands."""

    name: str
    url: str
    fingerprint: str
    records_known: int
    """How many of its records this node may see and has."""
    next_position: int
    """How many entries of its log are known, those we may not see included."""
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
    """An entry of a partner's log, verified by itself; only the root can vouch for the whole."""

    position: int
    commitment: bytes
    content: Content | None
    """None where this node may not see the record."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at a partner's log brought: its signed state, and the entries up to there."""

    start: int
    """The position from which was asked."""
    checkpoint: Checkpoint
    note: str
    """The checkpoint as the partner signed it."""
    entries: tuple[Verified, ...]


class Pulled(Part):
    """What a round added."""

    partner: str
    entries: int = 0
    """New places in the partner's log."""
    records: int = 0
    """Of these, the records this node may see."""
    unknown: int = 0
    """Of these, records of kinds this program does not know; they are kept."""


class KnownRecord(Part):
    """A record this node has, its own or a partner's."""

    issuer: str
    position: int
    kind: str
    version: int
    made_at: datetime
    visibility: str
    known: bool
    """Whether this program understands the kind and version."""
