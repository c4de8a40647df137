"""How often grants were used today, for those that may be used only so often.

A process knows at once what it allowed itself, and what the others allowed once they have written
it into the account. Two counts are made, each of which counts nothing twice, and the larger holds:
all that this process allowed today on top of what was written when the grant was first looked up,
and all that was written at the last look with what this process allowed since. What other processes
allowed and have not written yet is missing: workers that decide in the same tenth of a second may
together allow a few requests too many, never one process alone. A day is one of UTC.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Written:
    """What the account said at the last look."""

    day: date
    uses: Mapping[str, int]
    """By grant."""
    own: Mapping[str, int]
    """What this process had allowed by then."""
    first: Mapping[str, int]
    """By grant: what others had written when it was first looked up that day."""


@dataclass(slots=True)
class Uses:
    """The uses of grants today, as one process knows them."""

    day: date = date.min
    own: Counter[str] = field(default_factory=Counter[str])
    written: Written | None = None

    def note(self, grant_id: str, day: date) -> None:
        """Take note of a use that this process allowed."""
        self._begin(day)
        self.own[grant_id] += 1

    def learn(self, uses: Mapping[str, int], own: Mapping[str, int], day: date) -> None:
        """Take in what is written of every grant that is counted; `own` as it was before the look."""
        before = self.written if self.written and self.written.day == day else None
        known: Mapping[str, int] = before.first if before else {}
        found = {grant: max(0, count - own.get(grant, 0)) for grant, count in uses.items()}
        self.written = Written(day, uses, own, {**found, **known})

    def counted(self, day: date) -> dict[str, int]:
        """Return what this process allowed on a day so far."""
        return dict(self.own) if self.day == day else {}

    def of(self, grant_id: str, day: date) -> int:
        """Return how often a grant was used on a day so far."""
        own = self.own[grant_id] if self.day == day else 0
        written = self.written
        if written is None or written.day != day:
            return own
        since = written.uses.get(grant_id, 0) + own - written.own.get(grant_id, 0)
        return max(written.first.get(grant_id, 0) + own, since)

    def _begin(self, day: date) -> None:
        if day != self.day:
            self.day, self.own = day, Counter()
