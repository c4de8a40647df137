"""What one can ask of the gateway: `Gateway` sets it up, `Proxy` answers callers."""

from corridor.gateway.service.control import Gateway, key_digest
from corridor.gateway.service.proxy import Proxy, Reply

__all__ = ["Gateway", "Proxy", "Reply", "key_digest"]
