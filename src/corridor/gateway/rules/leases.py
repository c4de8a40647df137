"""Leases: what holds only while whoever stated it is heard of.

Who holds a lease beats: it counts up a number in the store. Each process that keeps to the lease notes
by its own monotonic clock when it saw the number change, so no clock that jumps makes a lease longer,
and neither does a store that is gone.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Lease:
    """What one process knows of a lease."""

    holder: str
    seconds: float
    """How long it holds after a beat."""
    seen_at: float
    beat: int = -1
    ends_at: float = float("inf")
    """It holds no longer, however often its holder is heard of."""
    now: Callable[[], float] = time.monotonic

    @property
    def held(self) -> bool:
        """Whether its holder was heard of not long ago, and it is not over."""
        return self.now() < min(self.seen_at + self.seconds, self.ends_at)


@dataclass(frozen=True, slots=True)
class Leases:
    """The leases that one process keeps to, by the id of what holds by them."""

    seconds: float = 5.0
    now: Callable[[], float] = time.monotonic
    _known: dict[str, Lease] = field(default_factory=dict[str, Lease])

    def of(self, holder: str, lasting: float = float("inf")) -> Lease:
        """Return a lease; one that is new to this process counts as heard of now, and lasts so long."""
        found = self._known.get(holder)
        if found is None:
            now = self.now()
            found = Lease(holder, self.seconds, now, ends_at=now + lasting, now=self.now)
            self._known[holder] = found
        return found

    def heard(self, beats: Mapping[str, int]) -> None:
        """Take note of how often each holder has beaten."""
        for holder, beat in beats.items():
            lease = self.of(holder)
            if beat > lease.beat:
                lease.beat, lease.seen_at = beat, self.now()

    def keep(self, holders: frozenset[str]) -> None:
        """Forget all but some."""
        for holder in self._known.keys() - holders:
            del self._known[holder]
