"""Callers' connections, bounded: what may arrive, how much of it, and in what time.

It stands before every application that is served. What is not plainly one HTTP/1.1 request is
refused before an application sees it: two lengths, a length and chunks, folded lines, a bare line
feed, a change of protocol. A caller who trickles, who takes nothing in, or who opens a connection
and says nothing, is cut off. It does not tell callers apart: limits per key are the gateway's.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple, cast
from weakref import ref

import orjson
from httptools import HttpRequestParser
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from corridor.edge.answering import EXTENSION, Answering
from corridor.edge.limits import Limits, ServerState, ServingConfig

MOST_HEADERS = 100
IDLE, HEAD, BODY = 0, 1, 2
"""Nothing of a request is under way; its head is; its body is."""


class Objection(NamedTuple):
    """Why a connection is ended without asking the application."""

    status: int
    code: str
    message: str
    hint: str


MALFORMED = Objection(400, "malformed_request", "This is not one HTTP/1.1 request.", "Send one.")
NO_UPGRADE = Objection(
    400, "no_upgrade", "There is no other protocol here.", "Send HTTP/1.1 without `Upgrade`."
)
HEAD_TOO_LARGE = Objection(
    431, "headers_too_large", "The request's headers are too large.", "Send fewer or shorter ones."
)
TOO_SLOW = Objection(
    408, "request_too_slow", "The request did not arrive in time.", "Send it without a pause."
)
TOO_MANY = Objection(
    503, "too_many_connections", "There are too many connections.", "Try again in a while."
)


class Refused(Exception):
    """The head of a request is not taken; the parser carries this out to whoever feeds it."""


class CallerConnection(HttpToolsProtocol):
    """One connection of a caller."""

    config: ServingConfig
    server_state: ServerState

    def __init__(
        self,
        config: ServingConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.limits: Limits = config.limits
        self._phase = HEAD
        """A new connection owes a head."""
        self._watched = IDLE
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._objection = MALFORMED
        self._answering: Answering | None = None
        """Of the request that came last."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  as uvicorn's own
        """Begin, unless there are too many already."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._end_with(TOO_MANY)
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; no timer outlives its connection."""
        self._phase = IDLE
        self._watch()
        self._taken_in()
        super().connection_lost(exc)
        answering = self._answering
        if answering is not None and answering.left is not None and answering.cycle.disconnected:
            answering.left()

    def data_received(self, data: bytes) -> None:
        """Take in what has come; time runs only while a request is incomplete."""
        if self.transport.is_closing():
            return
        if self._phase == HEAD:
            self._head_bytes += len(data)
            if self._head_bytes - len(data) > self.limits.header_bytes:
                self._end_with(HEAD_TOO_LARGE)
                return
        elif self._phase == IDLE:  # line ends before a request count as its beginning
            self._phase = HEAD
        super().data_received(data)
        if self._phase != self._watched:
            self._watch()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._phase = HEAD

    def on_headers_complete(self) -> None:
        """Look at a head before an application does."""
        objection = self._objection_to(self.url, self.headers)
        if objection is not None:
            self._objection = objection
            raise Refused
        super().on_headers_complete()
        self._offer_short_way()
        self._phase, self._head_bytes = BODY, 0
        if self.server_state.draining:
            self.cycle.keep_alive = False

    def _offer_short_way(self) -> None:
        """Let the application answer by one write; its task has not begun to run."""
        if self.scope["method"] == "POST":  # an answer to HEAD would have no body
            answering = Answering(ref(self.cycle), self.server_state.default_headers)
            self.scope["extensions"] = {EXTENSION: cast("dict[object, object]", answering)}
            self._answering = answering

    def on_message_complete(self) -> None:
        """End a request; the next one has its own time."""
        super().on_message_complete()
        self._phase = IDLE
        if self._timer is not None:
            self._watch()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  ours says more
        """Refuse what the parser or `on_headers_complete` did not take."""
        self._end_with(self._objection)

    def shutdown(self) -> None:
        """Drain: answer what is under way, and one request more of a caller who is about to ask."""
        linger = self.server_state.linger_seconds
        if self._is_quiet() and linger > 0:
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(linger, self._end_if_quiet)
        elif self._is_quiet():
            self.transport.close()
        elif self.cycle is not None:  # pyright: ignore[reportUnnecessaryComparison]  None at first
            if self.cycle.response_started and linger > 0:
                # The head of this answer has promised to take another request; that one is the last.
                self.loop.call_later(linger, self._end_if_quiet)
            else:
                self.cycle.keep_alive = False

    def pause_writing(self) -> None:
        """Wait for a caller who does not take in what is sent, and not for ever."""
        super().pause_writing()
        if self._stalled is None:
            wait = self.limits.stalled_seconds
            self._stalled = self.loop.call_later(wait, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        self._taken_in()
        super().resume_writing()

    def _taken_in(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _is_quiet(self) -> bool:
        """Say whether no request is under way, nor any part of one."""
        cycle = self.cycle
        answered = cycle is None or cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]  None at first
        # A connection that has not said anything yet owes a head, and may be about to send it.
        return answered and (self._phase == IDLE or not self._head_bytes)

    def _end_if_quiet(self) -> None:
        if self._is_quiet():
            self.transport.close()
        elif linger := self.server_state.linger_seconds:
            self.loop.call_later(linger, self._end_if_quiet)

    def _objection_to(self, url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Objection | None:
        parser = cast("HttpRequestParser", self.parser)  # None once the connection is lost
        if parser.should_upgrade():
            return NO_UPGRADE
        size, hosts = len(url), 0
        for name, value in headers:
            size += len(name) + len(value)
            if name == b"host":
                hosts += 1
            elif name == b"transfer-encoding" and value.lower() != b"chunked":
                return MALFORMED
        if size > self.limits.header_bytes or len(headers) > MOST_HEADERS:
            return HEAD_TOO_LARGE
        if parser.get_http_version() == "1.0":  # it has no chunks, and may have no host
            chunks = any(name == b"transfer-encoding" for name, _ in headers)
            return MALFORMED if chunks or hosts > 1 else None
        return None if hosts == 1 else MALFORMED

    def _watch(self) -> None:
        """Let time run for what is under way, and for nothing else."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._watched = self._phase
        if self._phase != IDLE:
            limits = self.limits
            wait = limits.header_seconds if self._phase == HEAD else limits.body_seconds
            self._timer = self.loop.call_later(wait, self._too_slow)

    def _too_slow(self) -> None:
        self._timer = None
        if self.flow.read_paused or (self._phase == HEAD and self._is_answering()):
            self._watch()  # it is we who do not read
        else:
            self._end_with(TOO_SLOW)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]  None at first

    def _end_with(self, objection: Objection) -> None:
        """Say why, where no answer is on its way, and end the connection."""
        cycle = self.cycle if self._is_answering() else None
        if cycle is None or not cycle.response_started:
            self.transport.write(_written(objection, self.server_state.default_headers))
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()


def _written(objection: Objection, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return a refusal as it goes over the wire: problem details (RFC 9457), with OpenAI's `error`.

    Which of the two its caller reads is not known here: the request was never looked at.
    """
    kind = "invalid_request_error" if objection.status < 500 else "server_error"
    body = orjson.dumps(
        {
            "error": {
                "message": f"{objection.message} {objection.hint}",
                "type": kind,
                "param": None,
                "code": objection.code,
            },
            "type": objection.code,
            "title": objection.message,
            "status": objection.status,
            "hint": objection.hint,
            "facts": {},
        }
    )
    lines = [
        *headers,
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    if objection is TOO_MANY:
        lines.append((b"retry-after", b"1"))
    head = b"".join(b"%b: %b\r\n" % line for line in lines)
    return STATUS_LINE[objection.status] + head + b"\r\n" + body
