"""A server that says, byte for byte, what a test tells it to."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HOST = "127.0.0.1"


@dataclass
class Scripted:
    """Says one text after each request that came whole; the last one again and again."""

    texts: list[bytes]
    ends: bool = False
    """Whether it ends the connection after each."""
    port: int = 0
    connected: int = 0
    left: int = 0
    """How many connections the other side has ended."""
    heads: list[bytes] = field(default_factory=list[bytes])
    said: int = 0
    """Bytes that have gone out."""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
                await reader.readexactly(int(length))
                self.heads.append(head)
                await self._say(writer)
                if self.ends:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left += 1
        finally:
            writer.close()

    async def _say(self, writer: asyncio.StreamWriter) -> None:
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        for start in range(0, len(text), 65_536):
            piece = text[start : start + 65_536]
            writer.write(piece)
            await writer.drain()
            self.said += len(piece)


@asynccontextmanager
async def a_scripted_server(*texts: bytes, ends: bool = False) -> AsyncGenerator[Scripted]:
    """Serve such texts on a port of this machine while the block runs."""
    script = Scripted(list(texts), ends)
    server = await asyncio.start_server(script.serve, HOST, 0, limit=1024 * 1024)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Return an answer with a length."""
    lines = (b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
