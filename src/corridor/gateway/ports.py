"""What the gateway needs from outside: who keeps the account of decisions, who moderates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corridor.access import Answered, Decided


class Recorder(Protocol):
    """Puts decisions and answers into the account of this node."""

    async def note(self, item: Decided) -> None:
        """Put a decision into the account; what cannot be accounted for does not hold.

        Raises:
            Unavailable: if it cannot be done.
        """
        ...

    def answered(self, item: Answered) -> None:
        """Put the hash of an answer into the account; never waits, never fails."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask for moderations."""

    url: str
    model: str | None
    credential: str | None
    """Where its key is."""
    seconds: float
    """How long it may take."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a moderation endpoint says of one text."""

    flagged: bool
    highest: float
    """Of the scores of its categories; 0 where it gives none."""


class Moderator(Protocol):
    """Says of texts what is wrong with them."""

    async def judge(self, endpoint: Endpoint, texts: Sequence[str]) -> list[Judged]:
        """Return what an endpoint says of each text.

        Raises:
            Unavailable: if it does not answer in time, or not as it should.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
