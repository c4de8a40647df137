"""Gateway: one OpenAI-compatible address for a node's services.

It asks the providers of a service in order, moves on until the first byte has gone out and never
after, and stops asking a suspended supplier within a moment. It keeps an account of who was asked
and who answered, never of what was said.
"""

from corridor.gateway.errors import Refusal, UnknownKey, UnknownService
from corridor.gateway.records import (
    ApiKey,
    ApiKeyRevoked,
    Route,
    Service,
    Suspension,
    SuspensionLifted,
)
from corridor.gateway.service import Gateway, Proxy, key_digest
from corridor.gateway.store import Handled

__all__ = [
    "ApiKey",
    "ApiKeyRevoked",
    "Gateway",
    "Handled",
    "Proxy",
    "Refusal",
    "Route",
    "Service",
    "Suspension",
    "SuspensionLifted",
    "UnknownKey",
    "UnknownService",
    "key_digest",
]
