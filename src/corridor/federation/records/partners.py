"""Who the partners are, how this node stands to each, and changes of keys."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from corridor.core.records import Part, Record
from corridor.core.rotations import Rotation
from corridor.core.signing import PublicKey
from corridor.federation.ports import HEX_32, NODE_NAME, Recovery

MAX_REASON = 2_000
"""Characters."""


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
    reason: str = Field(min_length=1, max_length=MAX_REASON)
    """For the operator, and for whoever asks later."""


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
