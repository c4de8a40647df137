"""The server behind every address of ours: uvicorn on uvloop, with bounded connections."""

import ctypes
import gc
import resource
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Literal

import uvicorn

from corridor.edge.connections import CallerConnection
from corridor.edge.limits import Limits, ServerState, ServingConfig

GARBAGE = 10_000
"""How many new objects there are when the garbage collector looks at them; Python's own is 700."""
MOST_HEAPS = -8
"""What glibc knows the number of its heaps by (`M_ARENA_MAX` in malloc.h)."""


def server_of(
    app: Callable[..., Any], limits: Limits, lifespan: Literal["on", "off"] = "on"
) -> "Server":
    """Return the server of an application; `run(sockets=[...])` serves until told to end."""
    return Server(ServingConfig(app, limits, CallerConnection, lifespan))


class Server(uvicorn.Server):
    """Serves one application in one process. SIGTERM drains it, Ctrl-C as well but faster."""

    server_state: ServerState  # pyright: ignore[reportIncompatibleVariableOverride]  ours adds to it

    def __init__(self, config: ServingConfig) -> None:
        super().__init__(config)
        self.server_state = ServerState(config.limits.linger_seconds)
        self.on_started: Callable[[], None] = _nothing
        """Called once, when the server answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        allow_files()
        await super().startup(sockets)
        if self.started:
            self.on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and finish what is under way."""
        self.server_state.draining = True
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take note of a signal; whoever presses Ctrl-C does not wait for quiet connections."""
        if sig == signal.SIGINT:
            self.server_state.linger_seconds = 0.0
        super().handle_exit(sig, frame)


def allow_files() -> None:
    """Let this process open as many files, and so connections, as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def share_one_heap() -> None:
    """Let all threads of this process take memory from one heap; to be called before there are any.

    glibc gives each thread a heap of its own, up to eight a processor, and each keeps what it once
    needed at most. They spare threads that run at the same time a wait, and ours take turns for
    Python's lock anyway. Where the C library is another one nothing is changed.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(MOST_HEAPS, 1)


def settle_memory() -> None:
    """Let the garbage collector leave alone what was made until now, and come less often.

    For the start of a process that serves until it ends: what it holds by then it holds for good,
    and to look through all of it for each few hundred requests costs a tenth of their time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])


def _nothing() -> None:
    """Do nothing."""
