"""What assurance needs from outside, and whoever fulfils it."""

from typing import Protocol

from corridor.core.sealing import Sealer


class Sealing(Protocol):
    """Has the key that texts of attacks are sealed with."""

    def sealer(self) -> Sealer:
        """Return what seals and opens.

        Raises:
            Unavailable: if the key cannot be read or written.
            Conflict: if it is damaged.
        """
        ...


class PersonalFinder(Protocol):
    """Knows what personal data look like."""

    def first(self, text: str) -> str | None:
        """Return of what kind the first personal data in a text are; None if there seem to be none."""
        ...


class Neighbours(Protocol):
    """Asks other nodes, signing as this node."""

    async def ask(self, who: str, url: str) -> bytes:
        """Return what a node answers at an address.

        Raises:
            PartnerUnavailable: if it does not answer.
            Refused: if it says no.
        """
        ...
