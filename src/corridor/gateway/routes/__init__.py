"""The gateway's addresses."""

from corridor.gateway.routes.openai import ModelServer, OpenAIDoor

__all__ = ["ModelServer", "OpenAIDoor"]
