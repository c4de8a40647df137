"""What assurance needs from outside, and whoever fulfils it."""

from dataclasses import dataclass
from typing import Protocol

from corridor.core.records import RecordId
from corridor.core.sealing import Sealer
from corridor.core.store import View


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


@dataclass(frozen=True, slots=True)
class Registered:
    """Somebody or something that the node knows by a name."""

    record: RecordId
    organisation: str
    is_person: bool
    here: bool
    """Whether they have not left."""


class Register(Protocol):
    """Knows who is behind a name."""

    def look_up(self, view: View, name: str) -> Registered | None:
        """Return who a name is, though they may have left; None if nobody has it."""
        ...

    def are_one(self, view: View, a: str, b: str) -> bool:
        """Tell whether one natural person is behind two names, as far as the node can know."""
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
