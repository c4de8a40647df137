"""All that the gateway answers from, as of one moment of the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from corridor.catalogue import Model, Provider
from corridor.gateway.records import Retention, Route, Service
from corridor.gateway.rules.guards.plans import Plan
from corridor.gateway.rules.limits import LimitTable
from corridor.gateway.rules.prices import PriceBook
from corridor.gateway.rules.routing import Order
from corridor.gateway.rules.suspensions import NOBODY as NO_CALLER
from corridor.gateway.rules.suspensions import UNKNOWN, Asking, Closure

NOBODY = Order()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All the gateway needs to know to answer, as of one moment of the log."""

    head: int = -1
    services: Mapping[str, Service] = field(
        default_factory=lambda: cast("Mapping[str, Service]", {})
    )
    routes: Mapping[str, Route] = field(default_factory=lambda: cast("Mapping[str, Route]", {}))
    providers: Mapping[str, Provider] = field(
        default_factory=lambda: cast("Mapping[str, Provider]", {})
    )
    models: Mapping[str, Model] = field(default_factory=lambda: cast("Mapping[str, Model]", {}))
    orders: Mapping[tuple[str, str], Order] = field(
        default_factory=lambda: cast("Mapping[tuple[str, str], Order]", {})
    )
    """By service and language, compiled."""
    closures: Mapping[str, tuple[Closure, ...]] = field(
        default_factory=lambda: cast("Mapping[str, tuple[Closure, ...]]", {})
    )
    """By provider's name, what closes it; whether that holds is asked with the time in hand."""
    decided: Mapping[str, datetime] = field(
        default_factory=lambda: cast("Mapping[str, datetime]", {})
    )
    """By provider's name, until when what it said against us was decided by an operator."""
    limits: LimitTable = field(default_factory=LimitTable)
    prices: PriceBook = field(default_factory=PriceBook)
    guards: Mapping[str, Plan] = field(default_factory=lambda: cast("Mapping[str, Plan]", {}))
    """By service's name, what its requests and answers go through; `*` is for all others."""
    retention: Mapping[str, Retention] = field(
        default_factory=lambda: cast("Mapping[str, Retention]", {})
    )
    """By project, what is kept of its requests."""

    def order(self, service: str, language: str) -> Order:
        """Return who is asked for a service in a language, and why; in its default, if unknown."""
        found = self.orders.get((service, language))
        return found or self.orders.get((service, self.default_language(service)), NOBODY)

    def default_language(self, service: str) -> str:
        """Return what is assumed where nothing tells a caller's language."""
        route, offered = self.routes.get(service), self.services.get(service)
        if route is not None and route.default_language:
            return route.default_language
        return offered.languages[0] if offered else ""

    @property
    def leased(self) -> frozenset[str]:
        """The ids of suspensions that hold by a lease."""
        return frozenset(
            each.lease.holder
            for found in self.closures.values()
            for each in found
            if each.lease is not None
        )

    def is_strict(self, target: str) -> bool | None:
        """Tell whether decisions on a service are to be durable first; None is as the node does."""
        route = self.routes.get(target)
        return None if route is None or route.audit is None else route.audit == "strict"

    def suspended(
        self,
        provider: Provider,
        now: datetime,
        service: str | None = None,
        language: str = UNKNOWN,
        one: Asking = NO_CALLER,
    ) -> bool:
        """Tell whether no request may go to this provider now; some may if more is known of one."""
        found = self.closures.get(provider.name)
        return found is not None and any(each.holds(now, service, language, one) for each in found)

    def cuts(
        self,
        provider: Provider,
        now: datetime,
        service: str | None = None,
        language: str = UNKNOWN,
        one: Asking = NO_CALLER,
    ) -> bool:
        """Tell whether answers of this provider that have begun are broken off now."""
        found = self.closures.get(provider.name)
        return found is not None and any(
            each.cuts and each.holds(now, service, language, one) for each in found
        )
