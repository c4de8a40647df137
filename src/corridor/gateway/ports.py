"""What the gateway needs from outside: somebody who keeps the account of decisions."""

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
