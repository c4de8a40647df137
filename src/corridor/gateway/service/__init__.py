"""What one can ask of the gateway: `Gateway` and `Metering` set it up, `Proxy` answers callers."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.gateway.service.admission import Admission, Shown
    from corridor.gateway.service.applying import Applying
    from corridor.gateway.service.control import Gateway
    from corridor.gateway.service.freshness import Freshness
    from corridor.gateway.service.guarding import Guarding
    from corridor.gateway.service.guards import Guards
    from corridor.gateway.service.handling import Reply
    from corridor.gateway.service.incidents import Incidents
    from corridor.gateway.service.limits import Limits
    from corridor.gateway.service.metering import Metering
    from corridor.gateway.service.offered import routes_of, services_of
    from corridor.gateway.service.proxy import Proxy, body_of
    from corridor.gateway.service.retention import Retaining
    from corridor.gateway.service.routing import Routing
    from corridor.gateway.service.suspending import Extent
    from corridor.gateway.service.used import AccountedRequests

__getattr__ = door_of(__name__)

__all__ = [
    "AccountedRequests",
    "Admission",
    "Applying",
    "Extent",
    "Freshness",
    "Gateway",
    "Guarding",
    "Guards",
    "Incidents",
    "Limits",
    "Metering",
    "Proxy",
    "Reply",
    "Retaining",
    "Routing",
    "Shown",
    "body_of",
    "routes_of",
    "services_of",
]
