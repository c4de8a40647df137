"""The short way out for an answer: its head and the first of its body in one write.

`CallerConnection` puts one into the scope of each request, under `EXTENSION`. An application may
answer by it in the place of ASGI's messages, never by both; it then writes what is right for one
HTTP/1.1 request: no header twice, no line end inside one, a length or chunks. Flow control, keeping
the connection, and its end are as for any other answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import ref

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

EXTENSION = "corridor.answering"
Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True, eq=False)
class Answering:
    """Writes the answer to one request."""

    held: "ref[RequestResponseCycle]"
    """Uvicorn's side of it. Weakly, for its scope holds this: else each request would be garbage that only
    the collector finds, and it holds up all others while it looks."""
    default_headers: Headers
    left: Callable[[], None] | None = None
    """Called once, when the caller has gone before the answer was complete."""

    @property
    def cycle(self) -> RequestResponseCycle:
        """Uvicorn's side of it, there as long as the application runs.

        Raises:
            RuntimeError: if it does no more.
        """
        found = self.held()
        if found is None:
            raise RuntimeError("This request is over.")
        return found

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Write all of an answer."""
        length = b"content-length: %d\r\n\r\n" % len(body)
        await self._write(_head(status, (self.default_headers, headers)), length, body, ends=True)

    async def begin(self, status: int, headers: Headers, piece: bytes) -> None:
        """Write the head of an answer, and the first piece of a body that comes in pieces."""
        head = _head(status, (self.default_headers, headers))
        coding = b"transfer-encoding: chunked\r\n\r\n"
        await self._write(head, coding, _chunk(piece), ends=False)

    async def go_on(self, piece: bytes, *, ends: bool) -> None:
        """Write another piece; with the last one, or behind it, the answer ends."""
        data = _chunk(piece) if piece else b""
        cycle = self.cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if not cycle.disconnected:
            cycle.transport.write(data + LAST if ends else data)
            if ends:
                _complete(cycle)

    def at_once(self, piece: bytes) -> bool:
        """Write another piece where that needs no waiting; False if it was not written."""
        cycle = self.held()
        if cycle is None or cycle.flow.write_paused or cycle.disconnected:
            return False
        cycle.transport.write(_chunk(piece))
        return True

    async def _write(self, head: bytes, rest: bytes, body: bytes, *, ends: bool) -> None:
        cycle = self.cycle
        if cycle.response_started:
            raise RuntimeError("This request has an answer already.")
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        cycle.response_started, cycle.waiting_for_100_continue = True, False
        close = b"" if cycle.keep_alive else b"connection: close\r\n"
        cycle.transport.write(b"".join((head, close, rest, body)))
        if ends:
            _complete(cycle)


LAST = b"0\r\n\r\n"


def _head(status: int, parts: Sequence[Headers]) -> bytes:
    """Return the beginning of an answer up to its last header."""
    lines = [STATUS_LINE[status]]
    lines += [b"%b: %b\r\n" % header for headers in parts for header in headers]
    head = b"".join(lines)
    if not len(lines) == head.count(b"\n") == head.count(b"\r") or b"\0" in head:
        raise RuntimeError("A header holds a line end.")
    return head


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _complete(cycle: RequestResponseCycle) -> None:
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
