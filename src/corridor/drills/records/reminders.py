"""What was not rehearsed since it changed."""

from typing import Literal

from pydantic import AwareDatetime

from corridor.core.records import Part, RecordId

Rehearsable = Literal["service", "route", "provider", "model", "supplier"]


class Reminder(Part):
    """Something on which services rest, and which no drill has shown as it is now."""

    what: Rehearsable
    name: str
    services: tuple[str, ...]
    """Those that rest on it."""
    changed: tuple[str, ...]
    """What of it changed since its last drill: names of fields, or `new`; empty if it was never rehearsed."""
    changed_at: AwareDatetime
    last_drill: RecordId | None
    """The result of the last drill that showed it; None if none did."""
    last_at: AwareDatetime | None
    command: str
    """A small drill that would show it."""

    def __str__(self) -> str:
        """Return it as people read it."""
        if self.last_at is None:
            return f"{self.what} {self.name} was never rehearsed"
        return (
            f"{self.what} {self.name} changed ({', '.join(self.changed)}) since it was last "
            f"rehearsed on {self.last_at:%Y-%m-%d}"
        )
