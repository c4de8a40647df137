"""Serve a node: one process a folder, one port, and a clear word where either is taken.

The web server and all that it needs are taken in when a node is served, not by every command.
"""

import gc
import socket
from typing import TYPE_CHECKING

from corridor import gateway
from corridor.app.home import Home
from corridor.app.keys import check_unchanged
from corridor.core.errors import Conflict, Invalid
from corridor.edge.runtime import Runtime
from corridor.gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from corridor.edge.limits import Limits


class PortInUse(Conflict):
    """Another program listens where this one is to."""

    advice = "Stop that program, or choose another port in corridor.toml under [node]."


def serve(runtime: Runtime, host: str, port: int) -> None:
    """Serve the node until it is told to end (SIGINT, SIGTERM).

    Raises:
        NodeRuns: if another process serves the folder.
        KeyChanges: if the node's key was changed since the runtime was assembled.
        PortInUse: if the port is taken.
    """
    from corridor.app.http import create_app
    from corridor.edge.serving import settle_memory, share_one_heap

    share_one_heap()
    with Home(runtime.home).served(), bound_socket(host, port) as listener:
        check_unchanged(runtime)  # only now can nobody change it any more
        limits = limits_of(runtime.service(gateway.Proxy).settings)
        app = create_app(runtime)
        app.taken_in = gc.freeze  # for good, as all that was there when it began to serve
        server = app.served_by(limits)
        server.on_started = settle_memory
        server.run(sockets=[listener])


def limits_of(settings: GatewaySettings) -> "Limits":
    """Return the bounds of a server's connections that the operator has set."""
    from corridor.edge.limits import Limits

    return Limits(
        header_seconds=settings.header_seconds,
        header_bytes=settings.header_bytes,
        body_seconds=settings.body_seconds,
        stalled_seconds=settings.stalled_seconds,
        keep_alive_seconds=settings.keep_alive_seconds,
        connections=settings.max_connections,
        drain_seconds=settings.drain_seconds,
        linger_seconds=settings.linger_seconds,
    )


def bound_socket(host: str, port: int) -> socket.socket:
    """Take a port.

    Raises:
        PortInUse: if another program has it.
        Invalid: if this machine has no such address.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno in (98, 48, 13):  # in use (Linux, BSD), not permitted
            raise PortInUse(f"Port {port} of {host} cannot be taken: {error.strerror}.") from error
        raise Invalid(f"This machine has no address {host}: {error.strerror}.") from error
    return listener
