"""What a server that callers reach is bounded by, and what it knows while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import uvicorn
from uvicorn.server import ServerState as UvicornState


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one server process, whoever calls."""

    header_seconds: float = 10.0
    """How long the head of a request may take to arrive, from its first byte or the connection."""
    header_bytes: int = 32 * 1024
    """How large it may be."""
    body_seconds: float = 60.0
    """How long the body may take after that."""
    stalled_seconds: float = 60.0
    """How long a caller may take in nothing of what is sent."""
    keep_alive_seconds: float = 75.0
    """How long a connection is kept without a request; clients let go of theirs before that."""
    connections: int = 10_000
    """How many connections there may be at once."""
    drain_seconds: float = 30.0
    """How long requests under way may go on when the server is to end."""
    linger_seconds: float = 5.0
    """How long a quiet connection is still listened to then: a request may be on its way."""


class ServingConfig(uvicorn.Config):
    """Uvicorn's configuration with our bounds."""

    def __init__(
        self,
        app: Callable[..., Any],
        limits: Limits,
        http: type[Any],
        lifespan: Literal["on", "off"],
    ) -> None:
        super().__init__(
            app,
            loop="uvloop",
            http=http,
            ws="none",
            interface="asgi3",
            lifespan=lifespan,
            log_level="error",
            access_log=False,
            proxy_headers=False,  # anybody could say to come from elsewhere
            server_header=False,
            timeout_keep_alive=limits.keep_alive_seconds,  # pyright: ignore[reportArgumentType]  passed to call_later
            timeout_graceful_shutdown=limits.drain_seconds,  # pyright: ignore[reportArgumentType]  passed to wait_for
        )
        self.limits = limits


class ServerState(UvicornState):
    """What the connections of one server share."""

    def __init__(self, linger_seconds: float) -> None:
        super().__init__()
        self.draining = False
        """The server is about to end: no connection is kept after its answer."""
        self.linger_seconds = linger_seconds

    @property
    def in_flight(self) -> int:
        """How many requests are under way."""
        return len(self.tasks)
