"""How old what the gateway knows may be. Ages are told by the monotonic clock, which never jumps."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Freshness:
    """When a process last saw that it knows all that is in the store."""

    limit_seconds: float
    """How old that may be for callers to be answered."""
    now: Callable[[], float] = time.monotonic
    seen_at: float | None = None

    def seen(self, at: float) -> None:
        """Take note that all that was in the store at a moment is known."""
        self.seen_at = at

    def age(self) -> float | None:
        """Return how many seconds ago that was; None if it never was."""
        return None if self.seen_at is None else round(self.now() - self.seen_at, 3)

    def is_too_old(self) -> bool:
        """Say whether callers must not be answered on it any more.

        Where nothing is known yet, nothing is allowed either, for that reason.
        """
        return self.seen_at is not None and self.now() - self.seen_at > self.limit_seconds
