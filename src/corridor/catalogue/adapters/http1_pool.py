"""Connections to one server over HTTP/1.1: opened where they may go, and kept for the next request.

No name gets round the judgement of addresses: it is looked up here, each address it has is judged, and the
connection goes to one that was.
"""

import asyncio
import functools
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from corridor.catalogue.adapters.http1 import ServerConnection
from corridor.catalogue.errors import ProviderFailed
from corridor.catalogue.rules.addresses import Network, is_open

MOST_CONNECTIONS = 4096
KEPT_SECONDS = 30.0
"""How long a connection is kept for the next request."""
NEXT_ADDRESS_SECONDS = 0.25
"""How long one address is waited for before the next is tried beside it (RFC 8305)."""

Place = tuple[
    socket.AddressFamily | int, socket.SocketKind | int, int, str, tuple[str | int | bytes, ...]
]
"""Where a connection goes, as `getaddrinfo` says it."""


@dataclass(slots=True)
class HttpServer:
    """A server, with the connections to it that are open."""

    host: str
    port: int
    connect_seconds: float
    idle_seconds: float
    """How long whoever waits for more of an answer waits."""
    tls: bool = False
    let_in: Sequence[Network] = ()
    """Networks that are not public, and in which the server may be all the same."""
    most: int = MOST_CONNECTIONS
    """Connections at a time; who comes then waits for one."""
    _kept: list[tuple[ServerConnection, float]] = field(
        default_factory=list[tuple[ServerConnection, float]], init=False
    )
    """Those that nobody uses, with since when; the one used last at the end."""
    _open: set[ServerConnection] = field(default_factory=set[ServerConnection], init=False)
    """All of them, whoever uses them."""
    _opening: int = field(default=0, init=False)
    _waiting: "deque[asyncio.Future[None]]" = field(
        default_factory=deque["asyncio.Future[None]"], init=False
    )
    _sweeping: asyncio.TimerHandle | None = field(default=None, init=False)

    async def connection(self) -> ServerConnection:
        """Return a connection that can take a request: a kept one, or a new one.

        Raises:
            ProviderFailed: if none can be opened.
        """
        while True:
            while self._kept:
                found, since = self._kept.pop()
                if found.is_free and asyncio.get_running_loop().time() - since < KEPT_SECONDS:
                    return found
                found.close()
            if len(self._open) + self._opening < self.most:
                return await self._opened()
            await self._place()

    def leave(self, connection: ServerConnection) -> None:
        """Give a connection back; one whose answer was not read to its end is ended."""
        if not connection.is_free:
            connection.close()
            return
        loop = asyncio.get_running_loop()
        self._kept.append((connection, loop.time()))
        if self._sweeping is None:
            self._sweeping = loop.call_later(KEPT_SECONDS, self._sweep)
        self._call_next()

    def close(self) -> None:
        """End all connections, whoever uses them."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        self._kept.clear()
        for connection in self._open:
            connection.cut()

    def _sweep(self) -> None:
        """End the connections that were kept for too long, or that the server has ended."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - KEPT_SECONDS
        going = [each for each, since in self._kept if since <= oldest or not each.is_free]
        self._kept = [each for each in self._kept if each[0] not in going]
        for each in going:
            each.close()
        self._sweeping = loop.call_later(KEPT_SECONDS, self._sweep) if self._kept else None

    async def _place(self) -> None:
        """Wait until a connection is given back or ends."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._call_next()
            raise

    def _call_next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _gone(self, connection: ServerConnection) -> None:
        self._open.discard(connection)
        self._call_next()

    async def _opened(self) -> ServerConnection:
        self._opening += 1
        try:
            async with asyncio.timeout(self.connect_seconds):
                found = await self._made(await _first(await self._places()))
        except TimeoutError as error:
            raise ProviderFailed(
                "The provider did not answer in time.", reason="timeout"
            ) from error
        except (OSError, UnicodeError) as error:
            raise ProviderFailed(
                "The provider refused the connection.", reason="refused"
            ) from error
        finally:
            self._opening -= 1
        if found.is_free:  # it may have ended just now
            self._open.add(found)
        return found

    async def _made(self, connected: socket.socket) -> ServerConnection:
        """Return a connection over a socket, when TLS has begun where it is spoken."""
        loop = asyncio.get_running_loop()
        made = functools.partial(ServerConnection, self.idle_seconds, self._gone)
        try:
            if self.tls:
                _, found = await loop.create_connection(
                    made, sock=connected, ssl=_trust(), server_hostname=self.host
                )
            else:
                _, found = await loop.create_connection(made, sock=connected)
        except BaseException:
            connected.close()
            raise
        return found

    async def _places(self) -> list[Place]:
        """Look the server up; return where it may be found."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        may = [place for place in found if is_open(str(place[4][0]), self.let_in)]
        if not may:
            raise ProviderFailed("Its name leads to no public address.", reason="not open")
        return list(may)


async def _first(places: Sequence[Place]) -> socket.socket:
    """Connect to the first place that takes the connection.

    Raises:
        OSError: if none does.
    """
    if len(places) == 1:
        return await _connected(places[0])
    left, trying = deque(places), set["asyncio.Task[socket.socket]"]()
    failure: BaseException = OSError("It leads nowhere.")
    try:
        while left or trying:
            if left:
                trying.add(asyncio.ensure_future(_connected(left.popleft())))
            wait = NEXT_ADDRESS_SECONDS if left else None
            done, _ = await asyncio.wait(trying, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                trying.discard(each)
                error = each.exception()
                if error is None:
                    return each.result()
                failure = error
        raise failure
    finally:
        for each in trying:
            each.add_done_callback(_let_go)
            each.cancel()


async def _connected(place: Place) -> socket.socket:
    family, kind, protocol, _, address = place
    made = socket.socket(family, kind, protocol)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


def _let_go(late: "asyncio.Task[socket.socket]") -> None:
    """Close a connection that came after another had been taken."""
    if not late.cancelled() and late.exception() is None:
        late.result().close()


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return how a server has to show who it is: as the system trusts."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
