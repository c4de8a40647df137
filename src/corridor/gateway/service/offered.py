"""What a node offers: its services and their routes, as its records say.

It takes in no more than these records, for whoever wants to know no more.
"""

from corridor.core.store import View
from corridor.gateway.records.services import Route, Service


def services_of(view: View) -> dict[str, Service]:
    """Return the services by name."""
    return {service.name: service for service in view.own(Service)}


def routes_of(view: View) -> dict[str, Route]:
    """Return the routes by the service's name."""
    return {route.service: route for route in view.own(Route)}
