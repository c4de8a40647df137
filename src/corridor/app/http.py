"""The node as a web application: the gateway's address, and the control API beside it.

The control API is taken in when somebody first asks for it. A node that only answers callers starts
sooner without it, and holds less.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from corridor.app.answers import Receive, Send, health_answer, lived, metrics_answer
from corridor.app.background import at_work
from corridor.app.health import health_of
from corridor.edge.limits import Limits
from corridor.edge.runtime import Runtime
from corridor.edge.serving import Server, server_of
from corridor.gateway import Proxy
from corridor.gateway.routes import OpenAIDoor

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(slots=True)
class NodeApp:
    """Sends `/v1` to the gateway, says how it is, and sends all else to the control API."""

    runtime: Runtime
    door: OpenAIDoor
    server: Server | None = None
    taken_in: Callable[[], None] = lambda: None
    """Called once, when the control API is there."""
    _control: "FastAPI | None" = None
    _taking_in: threading.Lock = field(default_factory=threading.Lock)

    @property
    def control(self) -> "FastAPI":
        """The control API, taken in now if nobody asked for it before."""
        with self._taking_in:
            if self._control is None:
                # Only here: its framework and all addresses are a fifth of what a node would hold.
                from corridor.app.control import control_of

                self._control = control_of(self.runtime, self.server)
                self.taken_in()
            return self._control

    def served_by(self, limits: Limits) -> Server:
        """Return the server of this application, which can tell then what it has under way."""
        self.server = server_of(self, limits)
        return self.server

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle one connection, or the start and end of the server."""
        if scope["type"] == "lifespan":
            await lived(receive, send, self._at_work())
        elif str(scope["path"]).startswith("/v1/"):
            await self.door(scope, receive, send)
        else:
            answer = self._light(scope) or self._control or await asyncio.to_thread(self._asked)
            await answer(dict(scope), receive, send)  # pyright: ignore[reportArgumentType]

    def _light(self, scope: Mapping[str, Any]) -> Response | None:
        """Return what is answered without the control API: what is asked for all the time."""
        if scope["method"] == "GET" and scope["path"] == "/health":
            return health_answer(health_of(self.runtime, self.server))
        if scope["method"] == "GET" and scope["path"] == "/metrics":
            return metrics_answer(Request(dict(scope)), self.runtime)
        return None

    def _asked(self) -> "FastAPI":
        return self.control

    @asynccontextmanager
    async def _at_work(self) -> AsyncGenerator[None]:
        """Run what a node does by itself while it is served."""
        async with at_work(self.runtime):
            yield
        self.runtime.store.close()


def create_app(runtime: Runtime) -> NodeApp:
    """Return the application that serves a node."""
    return NodeApp(runtime, OpenAIDoor(runtime.service(Proxy)))
