"""A supplier's server for tests: speaks OpenAI's API over real sockets, and misbehaves on demand.

    with a_fake_upstream("alpha") as alpha:
        alpha.mode = "answer"      # for every request from now on
        alpha.next("503", "hang")  # for the next two requests, before the mode counts again
        ... httpx2.post(alpha.url + "/chat/completions", ...)
        assert alpha.requests[0].body["messages"] == ...

An answer is `NAME says hello`, so that a test sees who answered. `BEHAVIOURS` lists the modes. What
`hold` modes wait for is `release()`. A caller who leaves before the end is counted in `left`.
"""

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

from support.partners import until

TRICKLE_SECONDS = 0.03
HUGE_BYTES = 3 * 1024 * 1024
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes a close a reset."""
JSON = "application/json"
EVENTS = "text/event-stream"
ERROR = {"error": {"message": "The supplier is out.", "type": "server_error", "code": "out"}}


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, object]


@dataclass(slots=True)
class Exchange:
    """One request, and the means to answer it well or badly."""

    name: str
    request: Request
    writer: asyncio.StreamWriter
    released: asyncio.Event

    @property
    def streams(self) -> bool:
        return bool(self.request.body.get("stream"))

    @property
    def text(self) -> str:
        return f"{self.name} says hello"

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, kind: str, *more: str) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", "connection: close", *more]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def whole(self, status: int, value: object, *more: str, kind: str = JSON) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        await self.head(status, kind, f"content-length: {len(data)}", *more)
        await self.send(data)

    async def begin_stream(self) -> None:
        await self.head(200, EVENTS, "transfer-encoding: chunked")

    async def piece(self, data: bytes) -> None:
        """Send one piece of a chunked body; an empty one ends it in good order."""
        await self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def pieces(self, *pieces: bytes) -> None:
        for piece in pieces:
            await self.piece(piece)

    async def never(self) -> None:
        await asyncio.Event().wait()

    def completion(self, **fields: object) -> dict[str, object]:
        message = {"role": "assistant", "content": self.text}
        return {
            "id": "c-1",
            "object": "chat.completion",
            "created": 1,
            "model": self.request.body.get("model"),
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6},
            **fields,
        }

    def chunk(self, delta: Mapping[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        value = {
            "id": "c-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": self.request.body.get("model"),
            "choices": [choice],
        }
        return event(value)

    def chunks(self) -> Iterator[bytes]:
        """Yield the events of a good stream, without its end."""
        words = self.text.split(" ")
        yield self.chunk({"role": "assistant", "content": words[0]})
        for word in words[1:]:
            yield self.chunk({"content": f" {word}"})
        yield self.chunk({}, "stop")


Behaviour = Callable[[Exchange], Awaitable[None]]
DONE = b"data: [DONE]\n\n"


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


async def answer(x: Exchange) -> None:
    """Answer as a good server does, whole or as a stream."""
    if not x.streams:
        await x.whole(200, x.completion())
        return
    await x.begin_stream()
    await x.pieces(*x.chunks(), DONE, b"")


async def answer_with_crlf_and_pings(x: Exchange) -> None:
    """Stream as other good servers do: CRLF, comments, no space after `data:`."""
    await x.begin_stream()
    events = (b": ping\n\n", *x.chunks(), DONE)
    data = b"".join(events).replace(b"data: ", b"data:").replace(b"\n", b"\r\n")
    await x.pieces(*(data[i : i + 7] for i in range(0, len(data), 7)), b"")


async def hang(x: Exchange) -> None:
    await x.never()


async def hang_after_headers(x: Exchange) -> None:
    await x.head(200, EVENTS if x.streams else JSON, "transfer-encoding: chunked")
    await x.never()


async def hang_after_pings(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(b": ping\n\n", b": ping\n\n")
    await x.never()


async def hang_in_the_middle(x: Exchange) -> None:
    await x.begin_stream()
    await x.piece(next(x.chunks()))
    await x.never()


async def trickle(x: Exchange) -> None:
    """Send a good answer one byte at a time."""
    await x.head(200, EVENTS if x.streams else JSON, "transfer-encoding: chunked")
    data = b"".join((*x.chunks(), DONE)) if x.streams else json.dumps(x.completion()).encode()
    for byte in data:
        await x.piece(bytes([byte]))
        await asyncio.sleep(TRICKLE_SECONDS)
    await x.piece(b"")


async def hold(x: Exchange) -> None:
    """Answer well, but not before `release()`."""
    await x.released.wait()
    await answer(x)


async def hold_in_the_middle(x: Exchange) -> None:
    """Stream well, but wait for `release()` after the first event."""
    chunks = x.chunks()
    await x.begin_stream()
    await x.piece(next(chunks))
    await x.released.wait()
    await x.pieces(*chunks, DONE, b"")


async def reset(x: Exchange) -> None:
    connection = cast("socket.socket", x.writer.get_extra_info("socket"))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    x.writer.transport.abort()


async def garbage(x: Exchange) -> None:
    await x.whole(200, b"<html>It works!</html>")


async def garbage_event(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(b"data: <html>It works!</html>\n\n", DONE, b"")


async def garbage_later(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(next(x.chunks()), b"data: {<html>\n\n", DONE, b"")


async def not_http(x: Exchange) -> None:
    await x.send(b"SSH-2.0-OpenSSH_9.6\r\n")


async def error_body(x: Exchange) -> None:
    await x.whole(200, ERROR)


async def error_event(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(event(ERROR), DONE, b"")


async def named_error_event(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(b"event: error\n" + event(ERROR), b"")


async def error_later(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(next(x.chunks()), event(ERROR), b"")


async def named_error_later(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(next(x.chunks()), b"event: error\n" + event(ERROR), b"")


async def no_choices(x: Exchange) -> None:
    if not x.streams:
        await x.whole(200, x.completion(choices=None))
        return
    await x.begin_stream()
    await x.pieces(DONE, b"")


async def cut(x: Exchange) -> None:
    """Break off in the middle: the connection closes where more was announced."""
    if x.streams:
        await x.begin_stream()
        await x.pieces(*list(x.chunks())[:2])
        return
    data = json.dumps(x.completion()).encode()
    await x.head(200, JSON, f"content-length: {len(data)}")
    await x.send(data[:20])


async def cut_at_once(x: Exchange) -> None:
    await x.head(200, EVENTS if x.streams else JSON, "transfer-encoding: chunked")


async def end_without_done(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(*list(x.chunks())[:2], b"")


async def half_event(x: Exchange) -> None:
    first, second, *_ = x.chunks()
    await x.begin_stream()
    await x.pieces(first, second[:30])


async def glued(x: Exchange) -> None:
    """Go on after the end: a second answer behind the first."""
    await x.begin_stream()
    events = b"".join((*x.chunks(), DONE))
    await x.pieces(events + events, b"")


async def huge(x: Exchange) -> None:
    padding = "x" * HUGE_BYTES
    if not x.streams:
        await x.whole(200, x.completion(padding=padding))
        return
    await x.begin_stream()
    await x.pieces(x.chunk({"content": padding}), DONE, b"")


async def non_utf8(x: Exchange) -> None:
    if not x.streams:
        await x.whole(200, json.dumps(x.completion()).encode().replace(b"hello", b"h\xe9llo"))
        return
    await x.begin_stream()
    await x.pieces(next(x.chunks()).replace(b"says", b"\xff"), DONE, b"")


async def stream_unasked(x: Exchange) -> None:
    await x.begin_stream()
    await x.pieces(*x.chunks(), DONE, b"")


async def whole_unasked(x: Exchange) -> None:
    await x.whole(200, x.completion())


async def plain_refusal(x: Exchange) -> None:
    """Refuse the caller's request in a shape that is not OpenAI's."""
    await x.whole(422, {"detail": "max_tokens is too large"})


async def odd_retry_after(x: Exchange) -> None:
    await x.whole(409, ERROR, "retry-after: 後で")


def status(code: int, *headers: str) -> Behaviour:
    async def refuse(x: Exchange) -> None:
        error = {"message": f"{x.name} says {code}", "type": "odd", "param": None, "code": None}
        await x.whole(code, {"error": error}, *headers)

    return refuse


BEHAVIOURS: Mapping[str, Behaviour] = MappingProxyType(
    {
        "301": status(301, "location: http://127.0.0.1:9/"),
        "400": status(400),
        "401": status(401),
        "403": status(403),
        "404": status(404),
        "429": status(429, "retry-after: 7"),
        "500": status(500),
        "503": status(503),
        **{
            behaviour.__name__: behaviour
            for behaviour in (
                answer,
                answer_with_crlf_and_pings,
                cut,
                cut_at_once,
                end_without_done,
                error_body,
                error_event,
                error_later,
                garbage,
                garbage_event,
                garbage_later,
                glued,
                half_event,
                hang,
                hang_after_headers,
                hang_after_pings,
                hang_in_the_middle,
                hold,
                hold_in_the_middle,
                huge,
                named_error_event,
                named_error_later,
                no_choices,
                non_utf8,
                not_http,
                odd_retry_after,
                plain_refusal,
                reset,
                stream_unasked,
                trickle,
                whole_unasked,
            )
        },
    }
)


@dataclass(eq=False)
class FakeUpstream:
    """A server on a port of its own; `a_fake_upstream` starts and stops it."""

    name: str
    mode: str = "answer"
    requests: list[Request] = field(default_factory=list[Request])
    left: int = 0
    """How many callers left before their answer was complete."""
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
        thread.join(timeout=10)


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
    return Request(method, path, MappingProxyType(headers), body)
