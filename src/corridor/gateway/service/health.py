"""What one process has learned of providers: who fails, who asked for a pause, who said no."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from corridor.catalogue import Provider
from corridor.core.clock import Clock
from corridor.gateway.rules.health import Circuit, RetryBudget, State, backoff
from corridor.gateway.rules.objections import Objection
from corridor.gateway.service.answers import AttemptFailed
from corridor.gateway.settings import GatewaySettings

MOST_OBJECTIONS = 1000
OPEN = "circuit open"

log = structlog.get_logger()


@dataclass(slots=True)
class Health:
    """Circuits, the budget for retries, and objections. One for each process."""

    settings: GatewaySettings
    clock: Clock
    budget: RetryBudget = field(init=False)
    barred: dict[str, Objection] = field(default_factory=dict[str, Objection])
    """By provider's name: it said no to this node, and is not asked until an operator has looked."""
    objections: "deque[Objection]" = field(default_factory=lambda: deque(maxlen=MOST_OBJECTIONS))
    """Those that wait to be kept."""
    chance: Callable[[], float] = random.random
    _circuits: dict[str, Circuit] = field(default_factory=dict[str, Circuit])

    def __post_init__(self) -> None:
        self.budget = RetryBudget(self.settings.retry_ratio, self.settings.retry_reserve)

    def circuit(self, name: str) -> Circuit:
        """Return what is remembered of a provider."""
        return self._circuits.get(name, HEALTHY)

    def state(self, name: str) -> State:
        """Say how a provider's circuit is in this process."""
        if name in self.barred:
            return "said no"
        return self.circuit(name).state(time.monotonic(), self.settings.failures_to_open)

    def ask(self, provider: Provider) -> float:
        """Take note that a request goes to a provider; return when, by a monotonic clock.

        Raises:
            AttemptFailed: if none may now.
        """
        if provider.name in self.barred:
            raise AttemptFailed("it said no to us", unhealthy=False)
        now, circuit = time.monotonic(), self._circuits.get(provider.name)
        if circuit is None:
            return now
        if not circuit.lets_through(now, self.settings.failures_to_open):
            if now < circuit.rests_until:
                rests = circuit.rests_until - now
                raise AttemptFailed("it asked for a pause", unhealthy=False, rests=rests)
            raise AttemptFailed(OPEN, unhealthy=False)
        self._circuits[provider.name] = circuit.asked(now, self.settings.failures_to_open)
        return now

    def last_resort(self, names: Iterable[str]) -> str | None:
        """Let one request through to the provider whose circuit opened longest ago; None if none may.

        For a request that has nobody else left. It is paid out of the budget for retries, and the
        provider is tried by one request at a time, with a pause after each that failed.
        """
        now, settings = time.monotonic(), self.settings
        able = [
            (self.circuit(name).failed_at, name)
            for name in names
            if name not in self.barred
            and self.circuit(name).may_be_tried_early(
                now, settings.failures_to_open, settings.retry_seconds
            )
        ]
        if not able or not self.budget.take():
            return None
        _, name = min(able)
        self._circuits[name] = self._circuits[name].tried_early(now)
        return name

    def failed(self, name: str, failure: AttemptFailed, began: float) -> None:
        """Take note that an attempt at a provider, begun at a moment, came to nothing."""
        now = time.monotonic()
        if failure.unhealthy:
            settings = self.settings
            self._circuits[name] = self.circuit(name).failed(
                began, now, settings.failures_to_open, settings.open_seconds
            )
        else:
            self.left(name, began)
        if failure.rests:
            self._circuits[name] = self.circuit(name).rested(now + failure.rests)

    def left(self, name: str, began: float) -> None:
        """Take note that an attempt has ended that says nothing of the provider's health."""
        if name in self._circuits:
            self._circuits[name] = self._circuits[name].left(began)

    def answered(self, name: str) -> None:
        """Take note that a provider gave a whole answer: it is healthy."""
        self._circuits.pop(name, None)

    def object(self, objection: Objection) -> None:
        """Bar a provider that said no to this node, and let that be kept."""
        if objection.provider not in self.barred:
            self.barred[objection.provider] = objection
            self.objections.append(objection)
            log.warning(
                "gateway.provider.objects",
                provider=objection.provider,
                status=objection.status,
                code=objection.code,
            )

    def forgive(self, decided: Mapping[str, datetime]) -> None:
        """Bar no provider any more for what an operator has decided on since it was said.

        A clock may be put back: a moment that is to come tells nothing of what is said now, and
        what was said then is decided by any decision.
        """
        now = self.clock()
        for name in self.barred.keys() & decided.keys():
            said, at = self.barred[name].at, decided[name]
            if said <= at <= now or said > now:
                del self.barred[name]

    def pause(self, attempt: int) -> float:
        """Return how long to wait before an attempt is made again."""
        return backoff(attempt, self.settings.retry_seconds, self.chance())


HEALTHY = Circuit()
