"""What crosses the border to a partner, and what fetches it.

These are the shapes on the wire: their types are right, and nothing else about them is believed.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from corridor.core.notes import MAX_NOTE_BYTES
from corridor.core.records import Part
from corridor.core.rotations import Rotation
from corridor.core.tiles import Tile

PROTOCOL = 1
HEX_32 = r"^[0-9a-f]{64}$"
NODE_NAME = r"^[a-z0-9][a-z0-9.-]{0,62}$"
ADDRESS = r"^https?://[!-~]{1,1000}$"
INVITATION = "corridor-invitation:"
"""What the text of an invitation begins with."""
MAX_KEY_CHANGES = 64
"""A node shows so many of its latest changes of the key; each has some 500 bytes."""


class Shown(BaseModel):
    """Something a node shows; a newer node may show more, which is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Recovery(Part):
    """A new key took the place of one that is lost, so that only the new one can sign that.

    It proves nothing of who made it: a partner believes it after people compared fingerprints.
    """

    name: str = Field(pattern=NODE_NAME)
    """The node's name."""
    old: str = Field(pattern=HEX_32)
    """The lost key, in hex."""
    new: str = Field(pattern=HEX_32)
    """The key from then on, in hex."""
    position: int = Field(ge=0)
    """Of the first record in the log that the new key signs: the one that states the recovery."""
    new_sig: str = Field(max_length=88)
    """The new key's signature over the four fields above, in base64."""


class Card(Shown):
    """Who a node says it is. It proves nothing until somebody compares the fingerprint."""

    name: str = Field(pattern=NODE_NAME)
    public_key: str = Field(pattern=HEX_32)
    """Ed25519, in hex."""
    url: str
    """Where others reach the node; a partner signs its requests for this address."""
    protocol: int
    """The version of the exchange, 1."""
    rotations: tuple[Rotation, ...] = Field(default=(), strict=False, max_length=MAX_KEY_CHANGES)
    """The changes of its key, oldest first, each signed by the old and the new one."""
    recoveries: tuple[Recovery, ...] = Field(default=(), strict=False, max_length=MAX_KEY_CHANGES)
    """The keys that took the place of lost ones, oldest first."""


class Invitation(Shown):
    """What an operator sends to another: who invites, and a number that can be used once."""

    name: str = Field(pattern=NODE_NAME)
    url: str = Field(pattern=ADDRESS)
    public_key: str = Field(pattern=HEX_32)
    nonce: str = Field(pattern=HEX_32)
    """Known to the inviting node by its hash; whoever has the invitation can use it."""
    expires: AwareDatetime
    signature: str = Field(max_length=88)
    """Of the inviting node, in base64."""


class Acceptance(Shown):
    """What the invited node tells the inviting one: who it is, and the number it was given."""

    name: str = Field(pattern=NODE_NAME)
    url: str = Field(pattern=ADDRESS)
    public_key: str = Field(pattern=HEX_32)
    inviter: str = Field(pattern=HEX_32)
    """The inviting node's key, so that nobody can show this acceptance to another node."""
    nonce: str = Field(pattern=HEX_32)
    signature: str = Field(max_length=88)
    """Of the invited node, in base64."""


class LogEntry(Shown):
    """One place of a log: always its commitment, its record only where the asker may see it."""

    position: int = Field(ge=0)
    commitment: str = Field(pattern=HEX_32)
    """The SHA-256 of salt and envelope, in hex."""
    salt: str | None = Field(default=None, pattern=HEX_32)
    envelope: str | None = None
    """The DSSE envelope, in base64."""

    @property
    def cost(self) -> int:
        """About how many bytes it takes on the wire."""
        return 256 + len(self.envelope or "")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What RFC 9421 needs to know of a request."""

    method: str
    url: str
    """As the asker addressed it, whatever stands between."""
    headers: Mapping[str, str]


class Remote(Protocol):
    """A node to ask."""

    @property
    def name(self) -> str:
        """Its name, for messages."""
        ...

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        ...


class PartnerClient(Protocol):
    """Asks other nodes. Each method is one request with a deadline and a limit.

    Raises:
        PartnerUnavailable: if nothing came, or not in time.
        NotAccepted: if the other node does not take this node for a partner.
        NotUnderstood: if what came is not of the protocol, or too large.
    """

    def connected(self) -> AbstractAsyncContextManager["PartnerClient"]:
        """Return a client that keeps its connections open while the block runs."""
        ...

    async def card(self, url: str) -> Card:
        """Ask who answers at an address."""
        ...

    async def checkpoint(self, partner: Remote) -> str:
        """Ask for the partner's checkpoint, a signed note."""
        ...

    async def tile(self, partner: Remote, tile: Tile) -> bytes:
        """Ask for a tile of hashes of the partner's log."""
        ...

    def entries(
        self, partner: Remote, start: int, limit: int
    ) -> AsyncGenerator[Sequence[LogEntry]]:
        """Ask for a stretch of the partner's log, as this node; yield what has arrived whole.

        An answer that breaks off fails only once all that came whole before has been yielded.
        """
        ...


class Messenger(Protocol):
    """Tells another node that its invitation is accepted.

    Raises:
        PartnerUnavailable: if it does not answer, or not in time.
        NotInvited: if it refuses, with the reason that it gives.
    """

    async def accept(self, url: str, acceptance: Acceptance) -> None:
        """Tell a node that its invitation is accepted."""
        ...


class Seen(Shown):
    """A checkpoint of a log, as the answering node last saw it."""

    origin: str = Field(max_length=255)
    note: str = Field(max_length=MAX_NOTE_BYTES)
    """Signed by the log's key; nobody need believe more than that."""


class SeenLogs(Shown):
    """What a node saw of its partners' logs."""

    logs: tuple[Seen, ...] = Field(strict=False, max_length=10_000)


class AuditProof(Shown):
    """That the account of a node's acts grew out of what it was; nothing of what they are."""

    old: int = Field(ge=0)
    new: int = Field(ge=0)
    root: str | None = Field(default=None, pattern=HEX_32)
    """The root at the old size, in hex, so that a note of another log of that size is found out."""
    proof: tuple[Annotated[str, Field(pattern=HEX_32)], ...] = Field(strict=False, max_length=64)
    """RFC 6962 consistency proof: hashes in hex."""


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What a witness answered to a checkpoint."""

    status: int
    text: str


class WitnessClient(Protocol):
    """Asks witnesses to cosign, and partners for what they saw. Each method is one request.

    Raises:
        PartnerUnavailable: if nothing came, or not in time.
        NotAccepted: if a partner does not take this node for one.
        NotUnderstood: if what came is not of the protocol, or too large.
    """

    async def add_checkpoint(self, who: str, url: str, body: bytes) -> WitnessAnswer:
        """Hand a checkpoint to the witness at an address; any status is an answer."""
        ...

    async def seen(self, partner: Remote) -> SeenLogs:
        """Ask a partner, as this node, what it saw of its partners' logs."""
        ...

    async def audit_checkpoint(self, partner: Remote) -> str:
        """Ask for the checkpoint of the account of a partner's acts, a signed note."""
        ...

    async def audit_proof(self, partner: Remote, old: int, new: int) -> AuditProof:
        """Ask for the proof that this account grew from one size to another."""
        ...


class Mirror(Shown):
    """What a node holds of the asker's own log, and the checkpoints that it was shown of it."""

    size: int = Field(ge=0)
    """How many entries it holds, each verified when it came."""
    notes: tuple[Seen, ...] = Field(strict=False, max_length=1_000)
    """Of the log and of the audit logs: the newest that it verified, and that it cosigned."""


class Mirrored(Shown):
    """A stretch of the asker's own log, as the answering node holds it."""

    start: int = Field(ge=0)
    entries: tuple[LogEntry, ...] = Field(strict=False, max_length=10_000)


class MirrorClient(Protocol):
    """Asks partners for this node's own log. Each method is one request.

    Raises:
        PartnerUnavailable: if nothing came, or not in time.
        NotAccepted: if the partner does not take this node for one.
        NotUnderstood: if what came is not of the protocol, or too large.
    """

    async def mirror(self, partner: Remote) -> Mirror:
        """Ask what a partner holds of this node's log."""
        ...

    async def mirrored(self, partner: Remote, start: int, *, brief: bool) -> Mirrored:
        """Ask for a stretch of this node's log, from a position on; `brief`: no records."""
        ...
