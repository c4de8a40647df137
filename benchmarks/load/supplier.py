"""A supplier that costs next to nothing: `python -m benchmarks.load.supplier PORT MODE SECONDS`.

It answers bytes that were made at its start; SECONDS lie between two events of a stream. In the
mode `hang` it never answers, in `error` it answers 500. `GET /last` is answered by when a request
came last, in seconds of the machine's monotonic clock, and how many came. It says `ready` when it
listens, and ends when its standard input does.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import uvloop

from benchmarks.load.living import ends_with_input, ready

HOST = "127.0.0.1"
EVENTS = 22
TEXT = "It is open from nine to five on weekdays, and closed on holidays. " * 2
ENDS = b"0\r\n\r\n"


@dataclass(slots=True)
class Came:
    """What came so far."""

    last: float = 0.0
    count: int = 0

    def note(self) -> None:
        """Take note of a request."""
        self.last, self.count = time.monotonic(), self.count + 1

    def told(self) -> bytes:
        """Return what came, as an answer."""
        return _response(200, {"last": self.last, "count": self.count})


@dataclass(slots=True)
class Supplied(asyncio.Protocol):
    """One connection."""

    plain: bytes
    events: list[bytes]
    seconds: float
    came: Came
    transport: asyncio.WriteTransport | None = None
    received: bytearray = field(default_factory=bytearray)
    sent: int = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer each request as soon as it is whole."""
        if not self.received:
            if data.startswith(b"GET /last") and self.transport is not None:
                self.transport.write(self.came.told())
                return
            self.came.note()
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0 or not _is_whole(self.received, end) or self.transport is None:
            return
        streams = b'"stream":true' in self.received or b'"stream": true' in self.received
        self.received.clear()
        if streams and len(self.events) == EVENTS:
            self.sent = 0
            self._next()
        else:
            self.transport.write(self.plain)

    def _next(self) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        self.transport.write(self.events[self.sent])
        self.sent += 1
        if self.sent < EVENTS:
            asyncio.get_running_loop().call_later(self.seconds, self._next)


def _is_whole(received: bytearray, end: int) -> bool:
    head = bytes(received[:end]).lower()
    _, found, rest = head.partition(b"content-length:")
    if found:
        return len(received) >= end + 4 + int(rest.split(b"\r\n", 1)[0])
    return received.endswith(ENDS)


def plain(mode: str) -> bytes:
    """Return a whole answer."""
    if mode == "hang":
        return b""
    if mode == "error":
        return _response(500, {"error": {"message": "out of order", "type": "server_error"}})
    message = {"role": "assistant", "content": TEXT}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 40, "completion_tokens": 30, "total_tokens": 70}
    return _response(200, {**_whole("chat.completion"), "choices": [choice], "usage": usage})


def events(mode: str) -> list[bytes]:
    """Return the events of a stream as they go over the wire; the first one with the head."""
    if mode != "answer":
        return []
    words = [{"content": f" word{number}"} for number in range(EVENTS - 4)]
    pieces = [{"role": "assistant", "content": ""}, *words]
    said = [_piece({"choices": [_choice(piece, None)]}) for piece in pieces]
    said.append(_piece({"choices": [_choice({}, "stop")]}))
    usage = {"prompt_tokens": 40, "completion_tokens": 18, "total_tokens": 58}
    said += [_piece({"choices": [], "usage": usage}), _chunk(b"data: [DONE]\n\n")]
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    return [head + said[0], *said[1:-1], said[-1] + ENDS]


def _whole(kind: str) -> dict[str, object]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": "mock"}


def _choice(delta: Mapping[str, object], finish: str | None) -> dict[str, object]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _piece(fields: dict[str, object]) -> bytes:
    value = {**_whole("chat.completion.chunk"), **fields}
    return _chunk(b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _response(status: int, value: object) -> bytes:
    body = json.dumps(value).encode()
    head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


async def serve(port: int, mode: str, seconds: float) -> None:
    """Answer until the end of the input."""
    whole, parts, came = plain(mode), events(mode), Came()
    server = await asyncio.get_running_loop().create_server(
        lambda: Supplied(whole, parts, seconds, came), HOST, port, backlog=4096
    )
    ready()
    await server.serve_forever()


if __name__ == "__main__":
    ends_with_input()
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
