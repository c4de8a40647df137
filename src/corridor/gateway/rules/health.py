"""What is remembered of a provider's health, and what follows."""

import math
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal

LONGEST_BACKOFF = 8.0
State = Literal["closed", "open", "half-open", "rests", "said no"]
"""Of a circuit, in the words of the field; `rests` and `said no` are a provider's own words."""
TOGETHER_SECONDS = 1.0
"""Attempts that were on their way together and fail within so long are one failure, not many."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is remembered of the health of a provider, which is one model at one address.

    All moments are seconds of one monotonic clock.
    """

    failures: int = 0
    """In a row."""
    open_until: float = 0.0
    trying: float | None = None
    """When the request began that is trying it after a pause; None if none is."""
    rests_until: float = 0.0
    """The provider asked not to be asked before."""
    failed_at: float = -math.inf
    """When a failure was counted last."""

    def lets_through(self, now: float, failures_to_open: int) -> bool:
        """Tell whether a request may go to the provider."""
        if now < self.rests_until:
            return False
        if self.failures < failures_to_open:
            return True
        return now >= self.open_until and self.trying is None

    def state(self, now: float, failures_to_open: int) -> State:
        """Say how it is: closed to nobody, open, or half open where it is to be tried or is."""
        if now < self.rests_until:
            return "rests"
        if self.failures < failures_to_open:
            return "closed"
        return "open" if now < self.open_until else "half-open"

    def asked(self, now: float, failures_to_open: int) -> "Circuit":
        """Return the circuit while a request is on its way that begins now."""
        return replace(self, trying=now if self.failures >= failures_to_open else None)

    def failed(
        self, began: float, now: float, failures_to_open: int, open_seconds: float
    ) -> "Circuit":
        """Return the circuit after the failure of an attempt that began at a moment."""
        ended = self.left(began)
        if began <= self.failed_at and now < self.failed_at + TOGETHER_SECONDS:
            return ended
        failures = self.failures + 1
        opened = now + open_seconds if failures >= failures_to_open else 0.0
        return Circuit(failures, opened, ended.trying, self.rests_until, now)

    def rested(self, until: float) -> "Circuit":
        """Return the circuit after the provider asked for a pause; it says nothing of its health."""
        return replace(self, trying=None, rests_until=max(until, self.rests_until))

    def left(self, began: float) -> "Circuit":
        """Return the circuit after an attempt that says nothing of the provider's health."""
        return replace(self, trying=None) if began == self.trying else self

    def may_be_tried_early(self, now: float, failures_to_open: int, pause: float) -> bool:
        """Tell whether one request may go to it though it is open, where nobody else is left."""
        is_open = self.failures >= failures_to_open and self.trying is None
        return is_open and now >= max(self.rests_until, self.failed_at + pause)

    def tried_early(self, now: float) -> "Circuit":
        """Return the circuit such that the next request tries the provider."""
        return replace(self, open_until=min(self.open_until, now))


@dataclass(slots=True)
class RetryBudget:
    """How many attempts may be made beyond one for each provider: a share of the requests.

    However many requests fail, no more than `ratio` of them, and `reserve` at once, are tried
    again. So retries never multiply the load of a provider that is in trouble.
    """

    ratio: float
    reserve: float
    left: float = 0.0

    def __post_init__(self) -> None:
        self.left = self.reserve

    def earn(self) -> None:
        """Take note of a request."""
        self.left = min(self.reserve, self.left + self.ratio)

    def take(self) -> bool:
        """Spend one attempt, if there is one."""
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True


def backoff(attempt: int, base: float, chance: float) -> float:
    """Return how many seconds to wait before an attempt, 1 for the first that is made again.

    Exponential with full jitter: uniform between 0 and min(8, base * 2^(attempt - 1)); `chance` is
    uniform in [0, 1). Source: M. Brooker, "Exponential Backoff And Jitter", 2015.
    """
    return chance * min(LONGEST_BACKOFF, base * 2.0 ** (attempt - 1))


def pause_of(retry_after: str | None, now: datetime, most: float) -> float | None:
    """Return how many seconds a provider asks to be left alone, at most `most`; None for no word.

    `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3); what is neither is no word.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), most)
    try:
        return min(max((parsedate_to_datetime(text) - now).total_seconds(), 0.0), most)
    except (ValueError, TypeError):  # no date; or a date that does not say in which zone
        return None
