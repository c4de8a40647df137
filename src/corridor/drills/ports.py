"""How a drill asks the running gateway, and how it shows what it found."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from corridor.evaluation import Question


@dataclass(frozen=True, slots=True)
class Probe:
    """One request that a drill makes by itself, as a caller would."""

    service: str
    language: str
    question: str
    """What is asked where there are no items."""
    items: "tuple[Question, ...]" = field(default=(), repr=False)
    """Of the suite that its evidence rests on; asked in turn, and those asked before the loss again in it."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of a probe."""

    service: str
    language: str
    began: float
    ended: float
    """Seconds since the epoch."""
    provider: str | None
    """Who answered; None if nobody did."""
    error: str | None = None
    right: bool | None = None
    """Whether the answer to an item was right; None where no item was asked."""
    item: str = ""
    """The id of the item that was asked; empty where none was."""


class Prober(Protocol):
    """Sends probes to a node's gateway."""

    async def ask(self, probe: Probe, turn: int = 0) -> Probed:
        """Send one probe, with the item whose turn it is; a failure is an outcome, not an error."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Probing(Protocol):
    """The way to a node's gateway, for whoever has a key."""

    def to(self, key: str) -> Prober:
        """Prepare to send probes that show a key."""
        ...
