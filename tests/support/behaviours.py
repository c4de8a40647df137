"""What a supplier's server can do with a request: answer well, or misbehave in one of many ways."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

TRICKLE_SECONDS = 0.03
HUGE_BYTES = 3 * 1024 * 1024
ENORMOUS_BYTES = 50 * 1024 * 1024
SLOW_SECONDS = 0.25
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
    at: float = field(default_factory=time.monotonic)
    """When it had come."""
    raw: bytes = b""
    """The body as it came."""


@dataclass(slots=True)
class Exchange:
    """One request, and the means to answer it well or badly."""

    name: str
    request: Request
    writer: asyncio.StreamWriter
    released: asyncio.Event
    given: bool = False
    """Whether a whole answer was given, which a supplier would put on the bill."""

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

    async def instead(self, value: object) -> None:
        """Send something with status 200 where an answer was due, whole or as the first event."""
        if not self.streams:
            await self.whole(200, value)
            return
        await self.begin_stream()
        await self.pieces(event(value), DONE, b"")

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
        options = cast("dict[str, object]", self.request.body.get("stream_options") or {})
        if options.get("include_usage"):
            usage = {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}
            yield event(
                {"id": "c-1", "object": "chat.completion.chunk", "choices": [], "usage": usage}
            )


Behaviour = Callable[[Exchange], Awaitable[None]]
DONE = b"data: [DONE]\n\n"


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


async def answer(x: Exchange) -> None:
    """Answer as a good server does, whole or as a stream."""
    if not x.streams:
        await x.whole(200, x.completion())
    else:
        await x.begin_stream()
        await x.pieces(*x.chunks(), DONE, b"")
    x.given = True


async def vectors(x: Exchange) -> None:
    """Answer a request for embeddings."""
    vector = {"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    await x.whole(200, {"object": "list", "data": [vector], "model": "m", "usage": usage})


async def responses(x: Exchange) -> None:
    """Answer a request of the Responses API, whole or as its stream."""
    part: dict[str, object] = {"type": "output_text", "text": x.text, "annotations": []}
    item = {"type": "message", "id": "m-1", "role": "assistant", "status": "completed"}
    value: dict[str, object] = {
        "id": "r-1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "m",
        "output": [{**item, "content": [part]}],
        "usage": {"input_tokens": 1, "output_tokens": 3, "total_tokens": 4},
    }
    if not x.streams:
        await x.whole(200, value)
        return
    place = {"item_id": "m-1", "output_index": 0, "content_index": 0}
    events: list[dict[str, object]] = [
        {"type": "response.output_text.delta", **place, "delta": x.text, "sequence_number": 1},
        {"type": "response.completed", "response": value, "sequence_number": 2},
    ]
    await x.begin_stream()
    await x.pieces(*(f"event: {e['type']}\n".encode() + event(e) for e in events), b"")


async def tool_call(x: Exchange) -> None:
    """Ask the caller to use the first tool that the request offers."""
    tools = cast("list[dict[str, dict[str, object]]]", x.request.body["tools"])
    function = {"name": tools[0]["function"]["name"], "arguments": '{"city": "पुणे"}'}
    call = {"index": 0, "id": "call-1", "type": "function", "function": function}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    if not x.streams:
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
        await x.whole(200, x.completion(choices=[choice]))
        return
    chunk = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    await x.begin_stream()
    for delta, finish in ((message, None), ({}, "tool_calls")):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        await x.piece(event({**chunk, "choices": [choice]}))
    await x.pieces(DONE, b"")


async def echo(x: Exchange) -> None:
    """Say what the last message said, in a stream three characters an event."""
    messages = cast("list[dict[str, str]]", x.request.body["messages"])
    text = messages[-1]["content"]
    if not x.streams:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        await x.whole(200, x.completion(choices=[choice]))
        return
    await x.begin_stream()
    pieces = [x.chunk({"content": text[i : i + 3]}) for i in range(0, len(text), 3)]
    await x.pieces(*pieces, x.chunk({}, "stop"), DONE, b"")


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


async def suspended_by_200(x: Exchange) -> None:
    """Say that all is well, and then by an error's code that the account is closed."""
    error = {"message": "No.", "type": "invalid_request_error", "code": "account_suspended"}
    await x.instead({"error": error})


async def suspended_in_words(x: Exchange) -> None:
    """Send an error that speaks of a suspension, and has no code for it."""
    words = "Cannot parse what the model said: your account has been suspended"
    await x.instead({"error": {"message": words, "type": "server_error", "code": "parse_error"}})


async def suspended_as_text(x: Exchange) -> None:
    """Send an error that is nothing but words."""
    await x.instead({"error": "Your account has been suspended. account_suspended"})


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


async def whole_without_done(x: Exchange) -> None:
    """Stream a whole answer, end the connection in good order, and leave out the last word."""
    await x.begin_stream()
    await x.pieces(*x.chunks(), b"")
    x.given = True


async def slow_first_token(x: Exchange) -> None:
    """Send the head at once and the first word late."""
    await x.begin_stream()
    await asyncio.sleep(SLOW_SECONDS)
    await x.pieces(*x.chunks(), DONE, b"")


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


async def enormous(x: Exchange) -> None:
    """Send one chunk of 50 MiB, all of it one value."""
    await x.head(200, EVENTS if x.streams else JSON, "transfer-encoding: chunked")
    await x.send(f"{ENORMOUS_BYTES:x}\r\n".encode() + (b"data: " if x.streams else b"") + b'{"a":"')
    for _ in range(ENORMOUS_BYTES // (1 << 16)):
        await x.send(b"x" * (1 << 16))
    await x.never()


async def bad_chunk_size(x: Exchange) -> None:
    await x.head(200, EVENTS if x.streams else JSON, "transfer-encoding: chunked")
    await x.send(b"zz\r\n{}\r\n0\r\n\r\n")


async def two_lengths(x: Exchange) -> None:
    """Answer with a head that can be read in two ways."""
    data = json.dumps(x.completion()).encode()
    await x.head(200, JSON, "content-length: 2", f"content-length: {len(data)}")
    await x.send(data)


async def head_without_end(x: Exchange) -> None:
    """Send header after header."""
    await x.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await x.send(b"x-more: " + b"x" * 4000 + b"\r\n")


async def split_header(x: Exchange) -> None:
    """Answer well, with headers that nobody asked for and that callers must not get."""
    await x.whole(
        200,
        x.completion(),
        "set-cookie: session=abc",
        "x-corridor-provider: somebody-else",
        "x-request-id: another",
        "location: http://127.0.0.1:9/",
        "access-control-allow-origin: *",
    )


async def wrong_model(x: Exchange) -> None:
    """Answer as a model that nobody asked for."""
    if not x.streams:
        await x.whole(200, x.completion(model="another-model"))
        return
    await x.begin_stream()
    pieces = [c.replace(b"upstream-model", b"another-model") for c in x.chunks()]
    await x.pieces(*pieces, DONE, b"")


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


def status(code: int, *headers: str, error: str | None = None, says: str = "") -> Behaviour:
    """Refuse with a status, perhaps with an error's code and words of the supplier's own."""

    async def refuse(x: Exchange) -> None:
        words = says or f"{x.name} says {code}"
        body = {"message": words, "type": "odd", "param": None, "code": error}
        await x.whole(code, {"error": body}, *headers)

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
        "429 bare": status(429),
        "429 for 1 s": status(429, "retry-after: 1"),
        "429 for an hour": status(429, "retry-after: 3600"),
        "429 until a date": status(429, "retry-after: Fri, 01 Jan 2100 00:00:00 GMT"),
        "451": status(451),
        "400 suspended": status(400, error="account_suspended", says="Your account is suspended."),
        "400 export": status(400, says="This service is not available under export control rules."),
        "400 content": status(400, error="content_policy_violation", says="Not with us."),
        "400 too long": status(400, error="context_length_exceeded", says="Too many tokens."),
        "403 content": status(403, error="content_policy_violation", says="Not with us."),
        "404 model": status(404, error="model_not_found", says="There is no such model."),
        "500 with secrets": status(500, says="key sk-SECRET-1 at /etc/secrets/key, line 3"),
        **{
            behaviour.__name__: behaviour
            for behaviour in (
                answer,
                answer_with_crlf_and_pings,
                bad_chunk_size,
                cut,
                cut_at_once,
                echo,
                end_without_done,
                enormous,
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
                head_without_end,
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
                responses,
                slow_first_token,
                split_header,
                stream_unasked,
                suspended_as_text,
                suspended_by_200,
                suspended_in_words,
                tool_call,
                vectors,
                trickle,
                two_lengths,
                whole_unasked,
                whole_without_done,
                wrong_model,
            )
        },
    }
)
