"""What the gateway keeps: services, routes, guards, what is suspended, limits and prices."""

from corridor.gateway.records.guards import (
    ALL,
    GuardPolicy,
    GuardStep,
    ModalityGuard,
    ModerationGuard,
    PiiGuard,
    PiiKind,
    SizeGuard,
    ToolGuard,
)
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
    "ALL",
    "GuardPolicy",
    "GuardStep",
    "Limit",
    "ModalityGuard",
    "ModerationGuard",
    "PiiGuard",
    "PiiKind",
    "Price",
    "PriceTable",
    "ProposalDismissed",
    "Route",
    "Service",
    "SizeGuard",
    "Suspension",
    "SuspensionLifted",
    "SuspensionProposed",
    "Target",
    "ToolGuard",
]
