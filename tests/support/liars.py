"""A partner over real HTTP that lies as a test tells it to: a tile server with switches."""

import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from corridor.core.checkpoints import Checkpoint, signed_note
from corridor.core.tiles import Tile, tile_at
from corridor.federation import Partner
from corridor.federation.ports import LogEntry
from support.partners import FakeLog, until

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Liar:
    """Serves the log of a `FakeLog`; honest until a test turns one of its switches."""

    log: FakeLog = field(default_factory=FakeLog)
    note: Callable[[str], str] = lambda note: note
    """Makes what is shown of the checkpoint."""
    tile: Callable[[Tile, bytes], bytes] = lambda _, content: content
    """Makes what is shown of a tile."""
    entry: Callable[[LogEntry], LogEntry] = lambda entry: entry
    """Makes what is shown of an entry."""
    stream: Callable[[bytes], AsyncIterator[bytes]] | None = None
    """Sends an answer of entries, instead of the whole at once."""
    announced: bool = False
    """Whether an answer of entries says how long it is, so that a cut is seen as one."""
    starts: list[int] = field(default_factory=list[int])
    """From where entries were asked for."""
    url: str = ""

    @property
    def partner(self) -> Partner:
        return self.log.partner.model_copy(update={"url": self.url})

    def show_log(self, other: FakeLog) -> None:
        """Show another log, signed by the same key."""
        self.log = FakeLog(self.log.identity, self.log.url, other.served)

    async def __call__(self, scope: Mapping[str, Any], _: Receive, send: Send) -> None:
        path = str(scope["path"])
        if path == "/checkpoint":
            state: Checkpoint = self.log.signed or self.log.state()
            note = self.note(signed_note(state, self.log.identity.signer))
            await _answer(send, note.encode())
        elif path.startswith("/tile/"):
            tile = tile_at(path.removeprefix("/tile/"))
            await _answer(send, self.tile(tile, self.log.tile_of(tile)))
        elif path == "/federation/entries":
            asked = parse_qs(bytes(scope["query_string"]).decode())
            await self._entries(int(asked["start"][0]), int(asked["limit"][0]), send)
        else:
            await _answer(send, b"", 404)

    async def _entries(self, start: int, limit: int, send: Send) -> None:
        self.starts.append(start)
        shown = [self.entry(each) for each in self.log.served[start : start + limit]]
        body = b"".join(each.model_dump_json(exclude_none=True).encode() + b"\n" for each in shown)
        if self.stream is None:
            await _answer(send, body)
            return
        length = [(b"content-length", str(len(body)).encode())] if self.announced else []
        await send({"type": "http.response.start", "status": 200, "headers": length})
        async for chunk in self.stream(body):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def a_served_liar(log: FakeLog | None = None) -> Generator[Liar]:
    """Serve a liar on a free port of the loopback."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        liar = Liar(log or FakeLog())
        liar.url = liar.log.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            liar,  # pyright: ignore[reportArgumentType]
            log_config=None,
            lifespan="off",
            ws="none",
            timeout_keep_alive=1,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: server.started)
            yield liar
        finally:
            server.should_exit = True
            thread.join(timeout=60)


async def _answer(send: Send, body: bytes, status: int = 200) -> None:
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": length})
    await send({"type": "http.response.body", "body": body})
