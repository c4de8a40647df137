"""How a process that answers callers is: the same facts of a node's own process and of a worker."""

import os
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from corridor import __version__
from corridor.edge.runtime import Runtime
from corridor.gateway import Proxy

if TYPE_CHECKING:  # a command that only shows how workers are does not take in the server
    from corridor.edge.serving import Server


class Health(BaseModel):
    """How a process is."""

    model_config = ConfigDict(frozen=True)

    status: Literal["ok", "stale"]
    """stale: what it knows is too old for callers to be answered."""
    pid: int
    version: str
    """Of the program."""
    head: int
    """The last record that it knows."""
    age_seconds: float | None
    """How long ago it last saw that nothing newer is in the store."""
    fresh: bool
    """Whether that is recent enough for callers to be answered."""
    in_flight: int
    """Requests under way."""
    connections: int


def health_of(runtime: Runtime, server: "Server | None") -> Health:
    """Return how a process is that serves a runtime."""
    proxy, state = runtime.service(Proxy), server.server_state if server else None
    freshness = proxy.admission.freshness
    fresh = freshness.seen_at is not None and not freshness.is_too_old()
    return Health(
        status="ok" if fresh else "stale",
        pid=os.getpid(),
        version=__version__,
        head=proxy.snapshot.head,
        age_seconds=freshness.age(),
        fresh=fresh,
        in_flight=state.in_flight if state else 0,
        connections=len(state.connections) if state else 0,
    )
