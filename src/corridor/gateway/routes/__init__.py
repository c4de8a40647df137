"""The gateway's addresses."""

from corridor.gateway.routes.control import router
from corridor.gateway.routes.metrics import as_metrics, check_reader, metrics_of
from corridor.gateway.routes.openai import POSTS, ModelServer, OpenAIDoor

__all__ = [
    "POSTS",
    "ModelServer",
    "OpenAIDoor",
    "as_metrics",
    "check_reader",
    "metrics_of",
    "router",
]
