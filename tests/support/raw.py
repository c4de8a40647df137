"""A server of ours with an application that notes what reaches it, and callers who speak bytes."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from corridor.app.serve import bound_socket
from corridor.edge.limits import Limits
from corridor.edge.serving import Server, server_of
from support.partners import until

HOST = "127.0.0.1"
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Noting:
    """An application that notes every request that came whole, and answers when it is let."""

    whole: list[bytes] = field(default_factory=list[bytes])
    begun: int = 0
    answer: bytes = b"here"
    go: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        self.begun += 1
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        self.whole.append(str(scope["path"]).encode() + b" " + body)
        while not self.go.is_set():
            await asyncio.sleep(0.005)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.answer})


@dataclass
class Served:
    """The server, and ways to speak to it."""

    app: Noting
    port: int
    server: Server

    def connected(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=60)

    def say(self, *pieces: bytes) -> bytes:
        """Send some bytes and return all that comes until the server ends the connection."""
        with self.connected() as caller:
            for piece in pieces:
                caller.sendall(piece)
            return all_of(caller)


@contextmanager
def a_server(**limits: float) -> Generator[Served]:
    """Serve the application with bounds of one's own."""
    app = Noting()
    app.go.set()
    given: dict[str, Any] = {"linger_seconds": 0.0, "drain_seconds": 5.0, **limits}
    server = server_of(app, Limits(**given), "off")
    with bound_socket(HOST, 0) as listener:
        port = int(listener.getsockname()[1])
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: server.started)
            yield Served(app, port, server)
        finally:
            app.go.set()
            server.should_exit = True
            thread.join(60)


def all_of(caller: socket.socket) -> bytes:
    """Return what comes until the other side ends the connection, in whatever way."""
    heard = bytearray()
    try:
        while piece := caller.recv(65536):
            heard += piece
    except ConnectionResetError:
        heard += b""
    return bytes(heard)


def answer_of(caller: socket.socket, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return an answer that leaves the connection open."""
    heard = bytearray()
    while not heard.endswith(end):
        piece = caller.recv(65536)
        if not piece:
            break
        heard += piece
    return bytes(heard)
