"""What is remembered of a provider's health, and what follows."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is remembered of a provider's health."""

    failures: int = 0
    open_until: float = 0.0
    """Seconds of a monotonic clock."""
    trying: bool = False
    """Whether a request is trying it after a pause."""

    def lets_through(self, now: float, failures_to_open: int) -> bool:
        """Tell whether a request may go to the provider."""
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
        return Circuit(failures, opened)

    def left(self) -> "Circuit":
        """Return the circuit after an attempt that says nothing of the provider's health."""
        return replace(self, trying=False)
