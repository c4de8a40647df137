"""A supplier's server for tests: speaks OpenAI's API over real sockets, and misbehaves on demand.

    with a_fake_upstream("alpha") as alpha:
        alpha.mode = "answer"      # for every request from now on
        alpha.next("503", "hang")  # for the next two requests, before the mode counts again
        ... httpx2.post(alpha.url + "/chat/completions", ...)
        assert alpha.requests[0].body["messages"] == ...

An answer is `NAME says hello`, so that a test sees who answered. `behaviours.BEHAVIOURS` lists the modes. What
`hold` modes wait for is `release()`. A caller who leaves before the end is counted in `left`.
"""

import asyncio
import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

from support.behaviours import BEHAVIOURS, Exchange, Request
from support.partners import until


@dataclass(eq=False)
class FakeUpstream:
    """A server on a port of its own; `a_fake_upstream` starts and stops it."""

    name: str
    mode: str = "answer"
    requests: list[Request] = field(default_factory=list[Request])
    left: int = 0
    """How many callers left before their answer was complete."""
    billed: int = 0
    """How many whole answers were given, which a supplier would put on the bill."""
    connected: int = 0
    """How many connections were opened, whether anything came over them or not."""
    port: int = 0
    _next: deque[str] = field(default_factory=deque[str])
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _busy: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @property
    def url(self) -> str:
        """Its base URL, up to and including /v1."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def asked(self) -> int:
        """How many requests have come."""
        return len(self.requests)

    @property
    def busy(self) -> int:
        """How many requests are being answered."""
        return len(self._busy)

    def next(self, *modes: str) -> None:
        """Treat the next requests so, one each; the mode counts after them."""
        self._next.extend(modes)

    def begin_anew(self) -> None:
        """Forget what came and what was to come; answer well."""
        self.mode = "answer"
        self.requests.clear()
        self.left = self.billed = self.connected = 0
        self._next.clear()
        self._call(self._released.clear)

    def release(self) -> None:
        """Let the requests go on that are held, and all later ones."""
        self._call(self._released.set)

    def refuse(self) -> None:
        """Close the port: connections are refused from now on."""
        assert self._server is not None
        self._call(self._server.close)
        until(lambda: self._server is not None and not self._server.is_serving())

    def run(self) -> None:
        """Serve until stopped; runs in a thread of its own."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """Stop; requests that are held are dropped."""
        self._call(self._stop.set)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        await self._stop.wait()
        self._server.close()
        for task in list(self._busy):
            task.cancel()
        while self._busy:
            await asyncio.wait(list(self._busy))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        self.connected += 1
        try:
            await self._handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            self.left += 1
        except asyncio.CancelledError:
            return  # stopped
        finally:
            self._busy.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _request(reader)
        if request.method == "GET":
            listed = {"object": "list", "data": [{"id": "upstream-model", "object": "model"}]}
            await Exchange(self.name, request, writer, self._released).whole(200, listed)
            return
        self.requests.append(request)
        behaviour = BEHAVIOURS[self._next.popleft() if self._next else self.mode]
        exchange = Exchange(self.name, request, writer, self._released)
        answering = asyncio.ensure_future(behaviour(exchange))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
                self.billed += exchange.given
            else:
                self.left += 1
        finally:
            for part in (answering, leaving):
                part.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)

    def _call(self, act: Callable[[], object]) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(act)


@contextmanager
def a_fake_upstream(name: str = "alpha", mode: str = "answer") -> Generator[FakeUpstream]:
    """Run a fake upstream for the length of a block."""
    upstream = FakeUpstream(name, mode)
    thread = threading.Thread(target=upstream.run, name=f"upstream {name}")
    thread.start()
    until(lambda: bool(upstream.port))
    try:
        yield upstream
    finally:
        upstream.stop()
        thread.join(timeout=60)


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    data = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ")
    body = cast("dict[str, object]", json.loads(data)) if data else {}
    return Request(method, path, MappingProxyType(headers), body, raw=data)
