"""What the gateway keeps: services, routes, and what is suspended."""

from corridor.gateway.records.services import Route, Service
from corridor.gateway.records.suspensions import (
    ProposalDismissed,
    Suspension,
    SuspensionLifted,
    SuspensionProposed,
    Target,
)

__all__ = [
    "ProposalDismissed",
    "Route",
    "Service",
    "Suspension",
    "SuspensionLifted",
    "SuspensionProposed",
    "Target",
]
