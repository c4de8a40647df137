"""Gateway: one OpenAI-compatible address for a node's services.

It asks the providers of a service in order, moves on until the first byte has gone out and never
after, and stops asking a suspended supplier within a moment. No provider is asked for a caller who
may not use its model. It keeps an account of who was asked and who answered, never of what was said.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.gateway.errors import (
        AllSuspended,
        NobodyMeets,
        NoSuchProposal,
        Refusal,
        UnknownService,
    )
    from corridor.gateway.records import (
        Ceiling,
        GuardPolicy,
        GuardWatch,
        Limit,
        PriceTable,
        ProposalDismissed,
        Requirement,
        Retention,
        Route,
        Service,
        Suspension,
        SuspensionLifted,
        SuspensionProposed,
        Target,
    )
    from corridor.gateway.records.currencies import MINOR_DIGITS
    from corridor.gateway.rules.leases import Leases
    from corridor.gateway.rules.routing import Known, Order
    from corridor.gateway.rules.snapshot import Snapshot
    from corridor.gateway.service import (
        AccountedRequests,
        Admission,
        Applying,
        Extent,
        Freshness,
        Gateway,
        Guarding,
        Guards,
        Incidents,
        Limits,
        Metering,
        Proxy,
        Retaining,
        Routing,
        routes_of,
        services_of,
    )
    from corridor.gateway.store import Circuits, Handled, Load

__getattr__ = door_of(__name__)

__all__ = [
    "MINOR_DIGITS",
    "AccountedRequests",
    "Admission",
    "AllSuspended",
    "Applying",
    "Ceiling",
    "Circuits",
    "Extent",
    "Freshness",
    "Gateway",
    "GuardPolicy",
    "GuardWatch",
    "Guarding",
    "Guards",
    "Handled",
    "Incidents",
    "Known",
    "Leases",
    "Limit",
    "Limits",
    "Load",
    "Metering",
    "NoSuchProposal",
    "NobodyMeets",
    "Order",
    "PriceTable",
    "ProposalDismissed",
    "Proxy",
    "Refusal",
    "Requirement",
    "Retaining",
    "Retention",
    "Route",
    "Routing",
    "Service",
    "Snapshot",
    "Suspension",
    "SuspensionLifted",
    "SuspensionProposed",
    "Target",
    "UnknownService",
    "routes_of",
    "services_of",
]
