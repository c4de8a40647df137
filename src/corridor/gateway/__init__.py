"""Gateway: one OpenAI-compatible address for a node's services.

It asks the providers of a service in order, moves on until the first byte has gone out and never
after, and stops asking a suspended supplier within a moment. No provider is asked for a caller who
may not use its model. It keeps an account of who was asked and who answered, never of what was said.
"""

from corridor.gateway.errors import NoSuchProposal, Refusal, UnknownService
from corridor.gateway.records import (
    GuardPolicy,
    Limit,
    PriceTable,
    ProposalDismissed,
    Retention,
    Route,
    Service,
    Suspension,
    SuspensionLifted,
    SuspensionProposed,
    Target,
)
from corridor.gateway.service import (
    Admission,
    Extent,
    Freshness,
    Gateway,
    Guarding,
    Guards,
    Limits,
    Metering,
    Proxy,
    Retaining,
)
from corridor.gateway.store import Handled

__all__ = [
    "Admission",
    "Extent",
    "Freshness",
    "Gateway",
    "GuardPolicy",
    "Guarding",
    "Guards",
    "Handled",
    "Limit",
    "Limits",
    "Metering",
    "NoSuchProposal",
    "PriceTable",
    "ProposalDismissed",
    "Proxy",
    "Refusal",
    "Retaining",
    "Retention",
    "Route",
    "Service",
    "Suspension",
    "SuspensionLifted",
    "SuspensionProposed",
    "Target",
    "UnknownService",
]
