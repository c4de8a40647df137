"""How an answer goes out to a caller, and how one learns that the caller has gone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, cast

from corridor.edge.answering import EXTENSION, Answering
from corridor.gateway.service import Reply

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

WATCHED_AFTER_SECONDS = 0.01


class CallerLeft(Exception):
    """The caller has gone before its request was complete; there is nobody to answer."""


class Way(Protocol):
    """The way of one answer to its caller."""

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send all of an answer."""
        ...

    async def begin(self, status: int, headers: Headers, piece: bytes) -> None:
        """Send the head of an answer that comes in pieces, and the first of them."""
        ...

    async def go_on(self, piece: bytes, *, ends: bool) -> None:
        """Send another piece."""
        ...

    def at_once(self, piece: bytes) -> bool:
        """Send another piece where that needs no waiting; False if it was not sent."""
        ...


@dataclass(slots=True)
class AsgiWay:
    """By ASGI's messages, as every server understands them."""

    send: Send

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send all of an answer."""
        headers = [*headers, (b"content-length", b"%d" % len(body))]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def begin(self, status: int, headers: Headers, piece: bytes) -> None:
        """Send the head of an answer that comes in pieces, and the first of them."""
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": piece, "more_body": True})

    async def go_on(self, piece: bytes, *, ends: bool) -> None:
        """Send another piece."""
        await self.send({"type": "http.response.body", "body": piece, "more_body": not ends})

    def at_once(self, piece: bytes) -> bool:  # noqa: ARG002  as ASGI has it
        """Say no: to send is to wait."""
        return False


@dataclass(slots=True)
class Outgoing:
    """The answer to one request, by the shortest way that its server has."""

    way: Way
    begun: bool = False
    """Whether anything of it was sent."""

    @classmethod
    def of(cls, scope: Mapping[str, Any], send: Send) -> "Outgoing":
        """Return the one of a request."""
        return cls(short_way(scope) or AsgiWay(send))

    async def reply(self, reply: Reply) -> None:
        """Send an answer: whole, or as it comes."""
        if reply.stream is not None:
            await self._streamed(reply, reply.stream)
            return
        self.begun = True
        await self.way.whole(reply.status, _headers_of(reply), reply.data or b"")

    async def _streamed(self, reply: Reply, stream: AsyncIterator[bytes]) -> None:
        ended = False
        async for piece in stream:
            ended = reply.ends is not None and reply.ends()
            if self.begun:
                await self.way.go_on(piece, ends=ended)
                continue
            self.begun = True
            await self.way.begin(reply.status, _headers_of(reply), piece)
            if ended:
                await self.way.go_on(b"", ends=True)
            elif reply.straight is not None:
                reply.straight(self.way.at_once)
        if not self.begun:
            self.begun = True
            await self.way.whole(reply.status, _headers_of(reply), b"")
        elif not ended:
            await self.way.go_on(b"", ends=True)


def _headers_of(reply: Reply) -> Headers:
    headers = [
        (b"content-type", reply.content_type.encode("latin-1")),
        (b"x-request-id", reply.request_id.encode("latin-1")),
        (b"x-corridor-provider", reply.provider.encode("latin-1")),
        NO_STORE,
    ]
    for name, value in reply.headers.items():
        headers.append((name.encode("latin-1"), value.encode("latin-1")))
    return headers


NO_STORE = (b"cache-control", b"no-store")


def short_way(scope: Mapping[str, Any]) -> Answering | None:
    """Return the short way out that a server of ours offers for a request."""
    extensions = cast("Mapping[str, object] | None", scope.get("extensions"))
    found = extensions.get(EXTENSION) if extensions else None
    return found if isinstance(found, Answering) else None


@dataclass(slots=True)
class LeavingStops:
    """Do some work for a caller, and stop it as soon as the caller has left.

    Raises CallerLeft instead of the cancellation that stopped the work.
    """

    receive: Receive
    short: Answering | None = None
    """Tells by itself that the caller has left."""
    _task: "asyncio.Task[object] | None" = field(default=None, init=False)
    _left: bool = field(default=False, init=False)
    _beginning: asyncio.TimerHandle | None = field(default=None, init=False)
    _watching: "asyncio.Task[None] | None" = field(default=None, init=False)

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        if self.short is not None:
            self.short.left = self._leave
            if self.short.cycle.disconnected:
                self._leave()
            return
        # Most requests that are over by then never need somebody to watch.
        loop = asyncio.get_running_loop()
        self._beginning = loop.call_later(WATCHED_AFTER_SECONDS, self._begin)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        if not self._left:
            return
        cancelled = kind is asyncio.CancelledError
        if kind is None:  # just as the work was done: the cancellation is still to come
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                cancelled = True
        if cancelled and self._task is not None and self._task.uncancel() == 0:
            raise CallerLeft from None

    def _leave(self) -> None:
        if not self._left and self._task is not None:
            self._left = True
            self._task.cancel()

    def _begin(self) -> None:
        self._watching = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            continue
        self._leave()

    def _stop(self) -> None:
        if self.short is not None:
            self.short.left = None
        if self._beginning is not None:
            self._beginning.cancel()
        if self._watching is not None:
            self._watching.cancel()
