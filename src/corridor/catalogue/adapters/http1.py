"""One HTTP/1.1 connection to a server: a request goes out, and its answer comes in as it arrives.

llhttp reads the answers, by httptools. What is not plainly the one answer that is due is a failure, and a
connection that saw one is used no more. It sends one request at a time, and follows nothing: no redirect, no
change of protocol. Where a connection goes is decided by whoever opens it.
"""

import asyncio
import math
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from yarl import URL

from corridor.catalogue.errors import ProviderFailed
from corridor.catalogue.ports import Taker
from corridor.core.errors import Invalid

MOST_HEAD_BYTES = 64 * 1024
MOST_UNREAD_BYTES = 256 * 1024
"""Of an answer that nobody takes; then no more is read until somebody does."""
MOST_INFLATED_BYTES = 16 * 1024 * 1024
"""Of what comes in one piece from a server that compresses though it was asked not to."""
EITHER_DEFLATE = 32 + zlib.MAX_WBITS
"""With a head of gzip or of zlib, whichever it has."""
NOT_IN_A_HEADER = re.compile(r"[\0\r\n]")
FIRST_FINAL = 200
"""What is below says only that the answer is still to come."""


class Inflating(Protocol):
    """What unpacks a compressed answer, piece by piece."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What did not fit into the last piece."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return what a piece holds."""
        ...


class ServerConnection(asyncio.Protocol):
    """A connection that is open, until it is lost."""

    __slots__ = (
        "_chunks",
        "_failure",
        "_gone",
        "_head_bytes",
        "_idle_seconds",
        "_inflating",
        "_is_asked",
        "_is_over",
        "_is_paused",
        "_is_used_up",
        "_loop",
        "_parser",
        "_taker",
        "_timer",
        "_transport",
        "_unread",
        "_waiter",
        "_waits_since",
        "headers",
        "status",
    )

    def __init__(self, idle_seconds: float, gone: Callable[["ServerConnection"], None]) -> None:
        self._idle_seconds, self._gone = idle_seconds, gone
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._waits_since = math.inf
        self._is_asked = self._is_used_up = self._is_paused = False
        self._begin()

    def _begin(self) -> None:
        self.status = 0
        """Of the answer; 0 until its head is there."""
        self.headers: dict[bytes, bytes] = {}
        """Of the answer, by name in lower case; the first one where there are several."""
        self._chunks: list[bytes] = []
        self._unread = self._head_bytes = 0
        self._is_over = False
        self._failure = ""
        self._inflating: Inflating | None = None
        self._taker: Taker | None = None

    @property
    def is_free(self) -> bool:
        """Whether it can take a request: nothing is on its way, and the server keeps it open."""
        transport = self._transport
        return not (
            self._is_asked or self._is_used_up or transport is None or transport.is_closing()
        )

    async def ask(self, request: bytes) -> None:
        """Send a request; return when the head of its answer is there.

        Raises:
            ProviderFailed: if none comes, or none that can be read, or too late.
        """
        self._begin()
        self._is_asked = True
        if self._transport is None or self._transport.is_closing():
            self._break("broken")  # it ended just now
        else:
            self._transport.write(request)
        while not self.status:
            if self._failure:
                raise self._failed("The provider did not answer.")
            await self._change()

    def __aiter__(self) -> "ServerConnection":
        return self

    async def __anext__(self) -> bytes:
        """Return what has come of the answer's body since, as soon as that is something.

        Raises:
            ProviderFailed: if it breaks off, or nothing comes for too long.
        """
        while not self._chunks:
            if self._failure:
                raise self._failed("The provider broke off its answer.")
            if self._is_over:
                raise StopAsyncIteration
            await self._change()
        chunks, self._chunks, self._unread = self._chunks, [], 0
        if self._is_paused:
            self._go_on()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def hand(self, taker: Taker) -> None:
        """Hand pieces of this answer to a taker as they come, while somebody waits for one.

        That costs less than to wake whoever waits; the first one that is not taken does.
        """
        self._taker = taker

    def cut(self) -> None:
        """Break off at once: whoever reads fails, and the server hears that the connection ends."""
        self._chunks.clear()
        self._is_over = False
        self._break("broken")

    def close(self) -> None:
        """End the connection."""
        self._is_used_up = True
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass of it

    def data_received(self, data: bytes) -> None:
        """Read what has come; nothing is due on a connection that was not asked."""
        if not self._is_asked:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._break("broken")
        if not self.status:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._break("broken")
        elif self._unread > MOST_UNREAD_BYTES:
            self._pause()
        if self._taker is None or not self._is_taken(self._taker):
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; an answer without a length is complete by that, any other is broken off."""
        self.close()
        ended_so = exc is None and self.status and not _has_length(self.headers)
        if self._is_asked and not self._is_over:
            self._is_over = bool(ended_so)
            self._failure = self._failure or ("" if ended_so else "broken")
        self._wake()
        self._gone(self)

    def on_message_begin(self) -> None:
        """Take note of an answer that begins; a second one is nobody's."""
        if self._is_over or not self._is_asked:
            self._is_used_up = True
            raise ValueError("An answer that nobody asked for.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self.headers.setdefault(name.lower(), value)

    def on_headers_complete(self) -> None:
        """Take note of the head; one that only says to wait is passed by."""
        status = self._parser.get_status_code()
        if status < FIRST_FINAL:
            return
        coding = self.headers.get(b"content-encoding", b"identity").lower()
        if coding in (b"gzip", b"x-gzip", b"deflate"):
            self._inflating = zlib.decompressobj(EITHER_DEFLATE)
        elif coding != b"identity":
            raise ValueError("The answer is packed in a way that nobody asked for.")
        self.status = status

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the answer until somebody takes it."""
        if self._inflating is not None:
            body = self._inflating.decompress(body, MOST_INFLATED_BYTES)
            if self._inflating.unconsumed_tail:
                raise ValueError("The answer unpacks to too much.")
        if body:
            self._chunks.append(body)
            self._unread += len(body)

    def on_message_complete(self) -> None:
        """Take note that the answer is whole."""
        if not self.status:  # the final one is still to come
            self.headers = {}
            return
        self._is_over, self._is_asked = True, False
        self._is_used_up |= not self._parser.should_keep_alive()

    def _change(self) -> "asyncio.Future[None]":
        """Return what is done as soon as something has changed."""
        waiter = self._waiter = self._loop.create_future()
        self._waits_since = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._idle_seconds, self._look)
        return waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():  # else whoever waited was cancelled
            waiter.set_result(None)

    def _is_taken(self, taker: Taker) -> bool:
        """Hand on what has come; tell whether whoever waits for more is to wait on."""
        waiter = self._waiter
        if waiter is None or waiter.done() or self._is_over or self._failure:
            return False
        while self._chunks:
            if not taker(self._chunks[0]):
                return False
            self._unread -= len(self._chunks.pop(0))
        self._waits_since = self._loop.time()
        return True

    def _pause(self) -> None:
        """Read no more until somebody takes what is there."""
        transport = self._transport
        if not self._is_paused and transport is not None and not transport.is_closing():
            self._is_paused = True
            transport.pause_reading()

    def _go_on(self) -> None:
        self._is_paused = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _look(self) -> None:
        """Look for how long somebody waits. One timer is for all: to set one for each piece costs more."""
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return  # whoever waits next sets it anew
        left = self._waits_since + self._idle_seconds - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._break("timeout")

    def _break(self, reason: str) -> None:
        if not self._is_over:  # what comes behind a whole answer does it no harm
            self._failure = self._failure or reason
        self.close()
        self._wake()

    def _failed(self, message: str) -> ProviderFailed:
        if self._failure == "timeout":
            message = "The provider did not answer in time."
        return ProviderFailed(message, reason=self._failure)


def head_of(url: URL, headers: Mapping[str, str]) -> bytes:
    """Return the head of a POST request, but for its length and its end.

    Raises:
        Invalid: if a header would hold a line end.
    """
    line = f"POST {url.raw_path_qs} HTTP/1.1\r\n".encode()
    return line + header_lines({"host": url.host_port_subcomponent or "", **headers})


def header_lines(headers: Mapping[str, str]) -> bytes:
    """Return headers as they go over the wire.

    Raises:
        Invalid: if one would be more than one.
    """
    for name, value in headers.items():
        if NOT_IN_A_HEADER.search(value) or NOT_IN_A_HEADER.search(name):
            raise Invalid("A header of the request would hold a line end.")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def _has_length(headers: dict[bytes, bytes]) -> bool:
    return b"content-length" in headers or b"transfer-encoding" in headers
