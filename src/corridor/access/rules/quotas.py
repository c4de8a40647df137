"""How much was used by grants today, for those that may be used only so much: requests and tokens.

A process knows at once what it allowed itself, and what the others allowed once they have written
it into the account. Two counts are made, each of which counts nothing twice, and the larger holds:
all that this process allowed today on top of what was written when the grant was first looked up,
and all that was written at the last look with what this process allowed since. What other processes
allowed and have not written yet is missing: workers that decide in the same tenth of a second may
together allow a few requests too many, never one process alone. A day is one of UTC.

How many tokens a request takes is known when it was answered. While it is under way it counts with
what it was expected to take, in its own process alone. So a quota of tokens is passed by no more
than what the requests took, beyond what was expected of them, that were under way when it was
reached; in one process by the last of them alone, if none took more. An answer whose tokens nobody
counted uses up the whole day.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from weakref import WeakSet

UNCOUNTED = 10**12
"""What an answer counts for whose tokens nobody counted: more than any quota."""


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
    """What grants were used today, as one process knows it: requests, or tokens."""

    day: date = date.min
    own: Counter[str] = field(default_factory=Counter[str])
    written: Written | None = None

    def note(self, grant_id: str, day: date, amount: int = 1) -> None:
        """Take note of a use that this process allowed."""
        self._begin(day)
        self.own[grant_id] += amount

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
        """Return how much a grant was used on a day so far."""
        own = self.own[grant_id] if self.day == day else 0
        written = self.written
        if written is None or written.day != day:
            return own
        since = written.uses.get(grant_id, 0) + own - written.own.get(grant_id, 0)
        return max(written.first.get(grant_id, 0) + own, since)

    def _begin(self, day: date) -> None:
        if day != self.day:
            self.day, self.own = day, Counter()


@dataclass(frozen=True, eq=False)
class Hold:
    """What a request that is under way is expected to take; it counts as long as somebody has it."""

    grant_id: str
    tokens: int


@dataclass(slots=True)
class Quotas:
    """The uses of grants today, as one process knows them."""

    requests: Uses = field(default_factory=Uses)
    tokens: Uses = field(default_factory=Uses)
    held: dict[str, "WeakSet[Hold]"] = field(default_factory=dict[str, "WeakSet[Hold]"])

    def hold(self, grant_id: str, tokens: int) -> Hold:
        """Let a request that begins count with what it may take, until what is returned is gone."""
        found = Hold(grant_id, max(0, tokens))
        self.held.setdefault(grant_id, WeakSet()).add(found)
        return found

    def release(self, hold: Hold) -> None:
        """Let a request count no longer."""
        self.held.get(hold.grant_id, WeakSet[Hold]()).discard(hold)

    def settle(self, hold: Hold, tokens: int | None, day: date) -> None:
        """Let a request count with what it took instead; None is what nobody counted."""
        self.release(hold)
        self.tokens.note(hold.grant_id, day, UNCOUNTED if tokens is None else tokens)

    def of(self, grant_id: str, day: date) -> tuple[int, int]:
        """Return how many requests and tokens a grant was used for, those under way included."""
        under_way = sum(hold.tokens for hold in self.held.get(grant_id, ()))
        return self.requests.of(grant_id, day), self.tokens.of(grant_id, day) + under_way
