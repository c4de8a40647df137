"""Callers in one process: `python -m benchmarks.load.caller`, told on its input what to ask.

Each connection asks again as soon as it has its answer, or, at a rate, when its turn comes; then
the time counts from when it was due, so that no wait is left out. Prints what was seen as JSON.
"""

import asyncio
import json
import os
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import cast
from urllib.parse import urlsplit

import uvloop

HOST = "127.0.0.1"
OK = b"HTTP/1.1 200 "
MESSAGES = [
    {"role": "system", "content": "You answer questions on opening hours, shortly and politely."},
    {"role": "user", "content": "When is the office open in the week after next? " * 4},
]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be asked."""

    address: str
    """`http://127.0.0.1:PORT`."""
    key: str
    model: str
    requests: int
    connections: int = 32
    stream: bool = False
    rate: float = 0.0
    """Requests a second; 0 is as fast as they are answered."""
    seconds: float = 120.0
    """After this it gives up."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was seen."""

    answered: int
    failed: int
    seconds: float
    times: list[float]
    """Seconds until the end of each whole answer, in the order in which they ended."""
    sample: str
    """The beginning of the first answer that was none."""


@dataclass(slots=True)
class Calls:
    """All that the connections of a process share."""

    task: Task
    request: bytes
    done: "asyncio.Future[None]"
    due: deque[float] = field(default_factory=deque[float])
    left: int = 0
    under_way: int = 0
    failed: int = 0
    times: list[float] = field(default_factory=list[float])
    idle: "deque[Call]" = field(default_factory=deque["Call"])
    """The one that is longest idle asks next, so that none is idle until the server closes it."""
    sample: str = ""

    def next(self, call: "Call") -> None:
        """Let a connection go on with what is due."""
        if self.task.rate:
            if self.due:
                call.ask(self.due.popleft())
            else:
                self.idle.append(call)
        elif self.left > 0:
            self.left -= 1
            call.ask(time.perf_counter())

    def ended(self, seconds: float, *, well: bool, seen: bytes) -> None:
        """Note an answer."""
        self.times.append(seconds)
        if not well:
            self.failed += 1
            self.sample = self.sample or seen[:500].decode("latin-1")
        if len(self.times) >= self.task.requests and not self.done.done():
            self.done.set_result(None)

    async def pace(self) -> None:
        """Let requests become due, evenly."""
        began, number = time.perf_counter(), 0
        while number < self.task.requests:
            due = int((time.perf_counter() - began) * self.task.rate) + 1
            for _ in range(min(due, self.task.requests) - number):
                self.due.append(began + number / self.task.rate)
                number += 1
                if self.idle:
                    self.idle.popleft().ask(self.due.popleft())
            await asyncio.sleep(max(0.0, began + number / self.task.rate - time.perf_counter()))


@dataclass(slots=True, eq=False)
class Call(asyncio.Protocol):
    """One connection."""

    calls: Calls
    transport: asyncio.WriteTransport | None = None
    received: bytearray = field(default_factory=bytearray)
    began: float = 0.0
    asking: bool = False
    length: int | None = None
    """Of the whole answer with its head; -1 where it comes in chunks, None before that is known."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to ask."""
        self.transport = cast("asyncio.WriteTransport", transport)
        self.calls.next(self)

    def ask(self, due: float) -> None:
        """Send a request."""
        self.began, self.length, self.asking = due, None, True
        self.received.clear()
        if self.transport is not None:
            self.transport.write(self.calls.request)

    def data_received(self, data: bytes) -> None:
        """Take in what comes; with the end of an answer, go on."""
        self.received += data
        if self.length is None:
            self.length = _length(self.received)
        if self.length is None or not self._is_whole(self.length):
            return
        well = self.received.startswith(OK)
        if self.calls.task.stream:
            well = well and b"data: [DONE]" in self.received
        self.asking = False
        self.calls.ended(time.perf_counter() - self.began, well=well, seen=bytes(self.received))
        self.calls.next(self)

    def _is_whole(self, length: int) -> bool:
        if length < 0:
            return self.received.endswith(b"\r\n0\r\n\r\n")
        return len(self.received) >= length

    def connection_lost(self, exc: Exception | None) -> None:
        """Count what was not answered as failed; this connection asks no more."""
        if self.asking and not self.calls.done.done():
            self.asking = False
            seen = bytes(self.received) or repr(exc).encode()
            self.calls.ended(time.perf_counter() - self.began, well=False, seen=seen)


def _length(received: bytearray) -> int | None:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(received[:end]).lower()
    _, found, rest = head.partition(b"\r\ncontent-length:")
    return end + 4 + int(rest.split(b"\r\n", 1)[0]) if found else -1


def request_of(task: Task) -> bytes:
    """Return the bytes of a request."""
    fields: dict[str, object] = {"model": task.model, "messages": MESSAGES, "temperature": 0.2}
    if task.stream:
        fields |= {"stream": True, "stream_options": {"include_usage": True}}
    body = json.dumps(fields, separators=(",", ":")).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: {HOST}\r\n"
        f"authorization: Bearer {task.key}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def called(task: Task) -> Told:
    """Ask, and tell."""
    loop = asyncio.get_running_loop()
    calls = Calls(task, request_of(task), loop.create_future(), left=task.requests)
    port = urlsplit(task.address).port or 80
    began = time.perf_counter()
    connections = [
        await loop.create_connection(lambda: Call(calls), HOST, port)
        for _ in range(min(task.connections, task.requests))
    ]
    pacing = asyncio.ensure_future(calls.pace()) if task.rate else None
    try:
        await asyncio.wait_for(calls.done, task.seconds)
    except TimeoutError:
        calls.failed += task.requests - len(calls.times)
        calls.sample = calls.sample or "No answer in time."
    took = time.perf_counter() - began
    if pacing is not None:
        pacing.cancel()
    for transport, _ in connections:
        transport.close()
    await asyncio.sleep(0)
    return Told(len(calls.times) - calls.failed, calls.failed, took, calls.times, calls.sample)


if __name__ == "__main__":
    told = uvloop.run(called(Task(**json.loads(sys.stdin.read()))))
    said = json.dumps(asdict(told)).encode()
    while said:  # by hand: sys.stdout was seen to lose what a full pipe did not take at once
        said = said[os.write(1, said) :]
