"""What the gateway keeps: services, routes, what is suspended, limits and prices."""

from corridor.gateway.records.limits import Limit, Price, PriceTable
from corridor.gateway.records.services import Route, Service
from corridor.gateway.records.suspensions import (
    ProposalDismissed,
    Suspension,
    SuspensionLifted,
    SuspensionProposed,
    Target,
)

__all__ = [
    "Limit",
    "Price",
    "PriceTable",
    "ProposalDismissed",
    "Route",
    "Service",
    "Suspension",
    "SuspensionLifted",
    "SuspensionProposed",
    "Target",
]
