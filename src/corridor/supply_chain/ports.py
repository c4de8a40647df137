"""What the supply chain is told by those beside it, whom it may not see."""

from collections.abc import Sequence
from typing import Protocol

from corridor.catalogue import Name
from corridor.core.records import Part
from corridor.core.store import View


class Reaches(Part):
    """A service, and the providers by which it may be answered, in order where there is one."""

    service: Name
    title: str
    providers: tuple[Name, ...]


class Serving(Protocol):
    """Says which services the node offers. The gateway's routes fulfil it, put in by `app`."""

    def reaches(self, view: View) -> Sequence[Reaches]:
        """Return every service with the providers of its route."""
        ...
