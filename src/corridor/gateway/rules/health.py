"""What is remembered of a provider's health, and what follows."""

from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime

LONGEST_BACKOFF = 8.0


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is remembered of the health of a provider, which is one model at one address."""

    failures: int = 0
    open_until: float = 0.0
    """Seconds of a monotonic clock."""
    trying: bool = False
    """Whether a request is trying it after a pause."""
    rests_until: float = 0.0
    """The provider asked not to be asked before; seconds of a monotonic clock."""

    def lets_through(self, now: float, failures_to_open: int) -> bool:
        """Tell whether a request may go to the provider."""
        if now < self.rests_until:
            return False
        if self.failures < failures_to_open:
            return True
        return now >= self.open_until and not self.trying

    def asked(self, failures_to_open: int) -> "Circuit":
        """Return the circuit while a request is on its way."""
        return replace(self, trying=self.failures >= failures_to_open)

    def failed(self, now: float, failures_to_open: int, open_seconds: float) -> "Circuit":
        """Return the circuit after a failure."""
        failures = self.failures + 1
        opened = now + open_seconds if failures >= failures_to_open else 0.0
        return Circuit(failures, opened, rests_until=self.rests_until)

    def rested(self, until: float) -> "Circuit":
        """Return the circuit after the provider asked for a pause; it says nothing of its health."""
        return replace(self, trying=False, rests_until=max(until, self.rests_until))

    def left(self) -> "Circuit":
        """Return the circuit after an attempt that says nothing of the provider's health."""
        return replace(self, trying=False)


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
