"""All that the gateway answers from, as of one moment of the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from corridor.catalogue import Model, Provider
from corridor.gateway.records import Route, Service, Suspension


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
    suspensions: tuple[Suspension, ...] = ()
    """Those not lifted; whether one has ended is asked with the time in hand."""

    def suspended(self, provider: Provider, now: datetime) -> bool:
        """Tell whether no request may go to this provider now."""
        return any(s.supplier == provider.supplier and s.until > now for s in self.suspensions)
