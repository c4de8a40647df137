"""The gateway's addresses."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.gateway.routes.control import router
    from corridor.gateway.routes.metrics import as_metrics, check_reader, metrics_of
    from corridor.gateway.routes.openai import POSTS, ModelServer, OpenAIDoor

__getattr__ = door_of(__name__)

__all__ = [
    "POSTS",
    "ModelServer",
    "OpenAIDoor",
    "as_metrics",
    "check_reader",
    "metrics_of",
    "router",
]
