"""How fast something may go on, and how often."""

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """So many units a second since a moment of the event loop's clock; nothing is saved up."""

    per_second: float
    since: float

    async def keep(self, amount: float) -> None:
        """Wait until so much may have passed since the beginning."""
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self.since + amount / self.per_second - now))


@dataclass(slots=True)
class Allowance:
    """A token bucket for each name: so many acts a second; what is saved up is one second's."""

    _left: dict[str, tuple[float, datetime]] = field(
        default_factory=dict[str, tuple[float, datetime]]
    )
    """How many acts a name had left, and when that was."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, per_second: float, now: datetime) -> float:
        """Take one act; return 0, or how many seconds it is until there is one to take."""
        most = max(1.0, per_second)
        with self._lock:
            left, since = self._left.get(name, (most, now))
            passed = max(0.0, (now - since).total_seconds())  # a clock may be set back
            left = min(most, left + passed * per_second)
            wait = max(0.0, (1.0 - left) / per_second)
            self._left[name] = (left if wait else left - 1.0, now)
            return wait
