"""What a supplier's server can do with a request: answer well, or misbehave in one of many ways."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

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
    first, second, *_ = x.chunks()
    await x.pieces(first, second.replace(b"says", b"\xff"), DONE, b"")


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
