"""An attempt at a provider that has not begun to answer, and what it means if it ends so."""

from dataclasses import dataclass

from corridor.catalogue import Provider, ProviderFailed
from corridor.gateway.service.answers import AttemptFailed
from corridor.gateway.service.deadlines import Deadline
from corridor.gateway.service.handling import Handling


@dataclass(slots=True, eq=False)
class InFlight:
    """An attempt that has not begun to answer: it can still be moved."""

    handling: Handling
    provider: Provider
    deadline: Deadline
    withdrawn: bool = False

    def move(self) -> None:
        """Give this provider up at once."""
        if not self.deadline.is_over:
            self.withdrawn = True
            self.deadline.end()

    def failure_of(self, error: AttemptFailed | ProviderFailed | TimeoutError) -> AttemptFailed:
        """Return what it means for a provider that an attempt ended so."""
        if isinstance(error, AttemptFailed):
            return error
        if isinstance(error, ProviderFailed):
            again = 0.0 if error.reason == "refused" else None  # nothing was sent yet
            by_us = error.reason == "timeout" and self.deadline.held_up()
            return AttemptFailed(error.reason, again=again, unhealthy=not by_us)
        if self.withdrawn:
            return AttemptFailed("withdrawn", unhealthy=False)
        return AttemptFailed("timeout", unhealthy=not self.deadline.says_nothing)
