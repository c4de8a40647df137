"""What the gateway keeps: services, routes, guards, what is suspended, limits and prices."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
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
    from corridor.gateway.records.incidents import GuardAct, GuardWatch, Watch
    from corridor.gateway.records.limits import Limit, Price, PriceTable
    from corridor.gateway.records.retention import Kept, Retention
    from corridor.gateway.records.services import Audit, Ceiling, Requirement, Route, Service
    from corridor.gateway.records.suspensions import (
        ProposalDismissed,
        Suspension,
        SuspensionLifted,
        SuspensionProposed,
        Target,
    )

__getattr__ = door_of(__name__)

__all__ = [
    "ALL",
    "Audit",
    "Ceiling",
    "GuardAct",
    "GuardPolicy",
    "GuardStep",
    "GuardWatch",
    "Kept",
    "Limit",
    "ModalityGuard",
    "ModerationGuard",
    "PiiGuard",
    "PiiKind",
    "Price",
    "PriceTable",
    "ProposalDismissed",
    "Requirement",
    "Retention",
    "Route",
    "Service",
    "SizeGuard",
    "Suspension",
    "SuspensionLifted",
    "SuspensionProposed",
    "Target",
    "ToolGuard",
    "Watch",
]
