"""The gateway's addresses."""

from corridor.gateway.routes.control import router
from corridor.gateway.routes.openai import POSTS, ModelServer, OpenAIDoor

__all__ = ["POSTS", "ModelServer", "OpenAIDoor", "router"]
