"""A bare socket that counts: how many connections came, and how many bytes on them."""

import socket
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

from support.nodes import HOST


@dataclass
class Tap:
    """Listens at a port, and answers every request with one fixed answer, or not at all."""

    listener: socket.socket
    answer: bytes = b""
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)

    @property
    def url(self) -> str:
        """Its base URL, up to and including /v1."""
        return f"http://{HOST}:{self.listener.getsockname()[1]}/v1"

    @property
    def touched(self) -> tuple[int, int]:
        """Connections and bytes so far."""
        return self.connections, len(self.received)

    @property
    def prompts(self) -> int:
        """How many requests came."""
        return self.received.count(b"POST ")

    def run(self) -> None:
        """Accept until the listener is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                with closing(connection), suppress(OSError):
                    connection.settimeout(2)
                    self._speak(connection)

    def _speak(self, connection: socket.socket) -> None:
        while data := connection.recv(65536):
            self.received += data
            if self.answer:
                connection.sendall(self.answer)
                return


@contextmanager
def a_tap(answer: str = "") -> Generator[Tap]:
    """Listen for the length of a block; an answer is a status line, as `403 Forbidden`."""
    with socket.create_server((HOST, 0)) as listener:
        data = (
            f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" if answer else ""
        )
        tap = Tap(listener, data.encode())
        thread = threading.Thread(target=tap.run, daemon=True)
        thread.start()
        try:
            yield tap
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=60)
