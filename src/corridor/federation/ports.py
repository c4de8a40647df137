"""What crosses the border to a partner, and what fetches it.

These are the shapes on the wire: their types are right, and nothing else about them is believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL = 1
HEX_32 = r"^[0-9a-f]{64}$"
NODE_NAME = r"^[a-z0-9][a-z0-9.-]{0,62}$"


class Shown(BaseModel):
    """Something a node shows; a newer node may show more, which is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Card(Shown):
    """Who a node says it is. It proves nothing until somebody compares the fingerprint."""

    name: str = Field(pattern=NODE_NAME)
    public_key: str = Field(pattern=HEX_32)
    """Ed25519, in hex."""
    url: str
    """Where others reach the node; a partner signs its requests for this address."""
    protocol: int
    """The version of the exchange, 1."""


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


class Page(Shown):
    """A stretch of a log."""

    start: int = Field(ge=0)
    entries: tuple[LogEntry, ...] = Field(strict=False)


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
    """Asks other nodes. Each method is one request with one deadline and one limit.

    Raises:
        PartnerUnavailable: if nothing came, or not in time.
        NotAccepted: if the other node does not take this node for a partner.
        NotUnderstood: if what came is not of the protocol, or too large.
    """

    async def card(self, url: str) -> Card:
        """Ask who answers at an address."""
        ...

    async def checkpoint(self, partner: Remote) -> str:
        """Ask for the partner's checkpoint, a signed note."""
        ...

    async def entries(self, partner: Remote, start: int) -> Page:
        """Ask for a stretch of the partner's log, as this node."""
        ...
