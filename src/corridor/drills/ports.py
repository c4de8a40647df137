"""How a drill asks the running gateway, and how it shows what it found."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Probe:
    """One request that a drill makes by itself, as a caller would."""

    service: str
    language: str
    question: str


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


class Prober(Protocol):
    """Sends probes to a node's gateway."""

    async def ask(self, probe: Probe) -> Probed:
        """Send one probe; a failure is an outcome, not an error."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
