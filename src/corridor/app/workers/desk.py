"""Where an operator's commands reach the supervisor: a Unix socket in the node's folder (0600)."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from corridor.core.errors import NotFound, Unavailable

NAME = "gateway.sock"
ANSWER_SECONDS = 120.0
MOST_BYTES = 64 * 1024 * 1024


class GatewayNotServed(NotFound):
    """No supervisor of workers runs for this node."""

    advice = "Start it: corridor gateway serve --port 8810 --workers 4."


@asynccontextmanager
async def desk(home: Path, answer: Callable[[str], Awaitable[str]]) -> AsyncGenerator[None]:
    """Answer questions of one line while the block runs."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError):  # who asked is gone, or asked no line
            question = (await reader.readline()).decode().strip()
            writer.write((await answer(question)).encode())
            await writer.drain()
        writer.close()

    with _short(home) as path:
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(handle, path)
        finally:
            os.umask(before)
    try:
        yield
    finally:
        server.close()
        (home / NAME).unlink(missing_ok=True)


def asked(home: Path, question: str) -> str:
    """Ask the supervisor of a node.

    Raises:
        GatewayNotServed: if there is none.
        Unavailable: if it does not answer.
    """
    with socket.socket(socket.AF_UNIX) as line, _short(home) as path:
        line.settimeout(ANSWER_SECONDS)
        try:
            line.connect(path)
        except OSError as error:
            raise GatewayNotServed(f"No workers are served from {home}.") from error
        try:
            line.sendall(f"{question}\n".encode())
            heard = bytearray()
            while len(heard) < MOST_BYTES and (piece := line.recv(65536)):
                heard += piece
        except OSError as error:
            raise Unavailable("The gateway's supervisor did not answer.") from error
    return heard.decode()


@contextmanager
def _short(home: Path) -> Generator[str]:
    """Give the socket's path, however long the folder's is: the system takes some 100 characters."""
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{NAME}"
    finally:
        os.close(folder)
