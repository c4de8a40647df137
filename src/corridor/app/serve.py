"""Serve a node: one process a folder, one port, and a clear word where either is taken.

The web server and all that it needs are taken in when a node is served, not by every command.
"""

import socket

from corridor.app.home import Home
from corridor.app.keys import check_unchanged
from corridor.core.errors import Conflict, Invalid
from corridor.edge.runtime import Runtime

GRACE_SECONDS = 5


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
    import uvicorn

    from corridor.app.http import create_app

    with Home(runtime.home).served(), bound_socket(host, port) as listener:
        check_unchanged(runtime)  # only now can nobody change it any more
        config = uvicorn.Config(
            create_app(runtime),  # pyright: ignore[reportArgumentType]
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listener])  # on uvloop, where there is one


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
