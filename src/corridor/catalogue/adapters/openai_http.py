"""A provider behind an OpenAI-compatible HTTP address.

Over HTTP/1.1 by aiohttp, which costs least; `http2` speaks HTTP/2 with those that are said to offer it.
"""

import asyncio
import errno
import math
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from io import BytesIO
from ipaddress import ip_address
from types import TracebackType

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from corridor import __version__
from corridor.catalogue.errors import AddressNotOpen, ProviderFailed
from corridor.catalogue.ports import Answer, Call
from corridor.catalogue.records import HttpEndpoint
from corridor.catalogue.rules.addresses import Network, is_open, stated_address
from corridor.catalogue.rules.bodies import renamed
from corridor.core.errors import Invalid

PASSED_ON = ("retry-after",)
"""Headers of a provider's answer that mean something to whoever asked."""
MOST_CONNECTIONS = 4096
LARGE_BYTES = 512 * 1024
IDLE_CONNECTION_SECONDS = 30.0
"""How long a connection is kept for the next request."""
NOT_OPEN = errno.EACCES
"""Why a socket to an address that is not let in is not made."""
FAILURES = (aiohttp.ClientError, HttpProcessingError, TimeoutError, ConnectionError)

Where = tuple[
    socket.AddressFamily | int, socket.SocketKind | int, int, str, tuple[str | int | bytes, ...]
]
"""Where a connection goes, as `getaddrinfo` says it."""


@dataclass(slots=True)
class HttpConnection:
    """Connections to one server, kept open between requests."""

    model: str
    """What the server calls the model."""
    urls: Mapping[str, URL]
    """By the path that is asked for."""
    headers: Mapping[str, str]
    timeout: aiohttp.ClientTimeout
    let_in: Sequence[Network] = ()
    """Networks that are not public, and in which the server may be all the same."""
    _session: aiohttp.ClientSession | None = field(default=None, init=False)

    @classmethod
    def to(
        cls,
        endpoint: HttpEndpoint,
        key: str | None,
        *,
        connect_seconds: float,
        idle_seconds: float,
        let_in: Sequence[Network] = (),
    ) -> "HttpConnection":
        """Prepare a connection; nothing is sent yet.

        Raises:
            Invalid: if the address is none.
            AddressNotOpen: if it is one that requests may not be sent to.
        """
        check_open(endpoint, let_in)
        return cls(
            endpoint.model,
            {path: address_at(endpoint, path) for path in endpoint.serves},
            headers_for(endpoint, key),
            aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds, sock_read=idle_seconds),
            let_in,
        )

    def serves(self, path: str) -> bool:
        """Tell whether the server has an address for such requests at all."""
        return path in self.urls

    def send(self, call: Call) -> "_Sending":
        """Send a request when the context is entered; leaving it ends the answer.

        Entering raises ProviderFailed if the server cannot be reached or breaks off, and Invalid
        if the request cannot be written as JSON.
        """
        return _Sending(self, call)

    async def begin(self, call: Call) -> aiohttp.ClientResponse:
        """Send a request; return its answer when the head is there.

        Raises:
            ProviderFailed: if the server cannot be reached or breaks off.
            Invalid: if the request cannot be written as JSON.
        """
        content = renamed(call.raw, call.body, self.model)
        headers = {
            "x-request-id": call.request_id,
            **call.headers,
            **(call.sign(content) if call.sign else {}),
        }
        # A large body goes out piece by piece, so that others are served meanwhile.
        data = content if len(content) < LARGE_BYTES else BytesIO(content)
        try:
            return await self._opened().post(
                self.urls[call.path], data=data, headers=headers, allow_redirects=False
            )
        except FAILURES as error:
            raise _failure(error, "The provider did not answer.") from error

    def warm(self) -> None:
        """Do nothing: a connection opens in a moment."""

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:  # made where it is used: it belongs to a running loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=MOST_CONNECTIONS,
                    keepalive_timeout=IDLE_CONNECTION_SECONDS,
                    socket_factory=self._socket,
                ),
                headers=self.headers,
                timeout=self.timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    def _socket(self, where: Where) -> socket.socket:
        """Make the socket of a connection, if it goes where it may: no name gets round this."""
        family, kind, protocol, _, address = where
        if not is_open(str(address[0]), self.let_in):
            raise OSError(NOT_OPEN, "requests may not be sent to this address")
        return socket.socket(family, kind, protocol)


def check_open(endpoint: HttpEndpoint, let_in: Sequence[Network]) -> None:
    """Check an address that states by itself where it leads; a name is looked at when it is used.

    Raises:
        AddressNotOpen: if requests may not be sent there.
    """
    stated = stated_address(address_at(endpoint, "").host or "")
    if stated is not None and not is_open(stated, let_in):
        raise AddressNotOpen(f"{stated} is not a public address.")


def headers_for(endpoint: HttpEndpoint, key: str | None) -> dict[str, str]:
    """Return the headers that every request to a server has."""
    shown = f"Bearer {key}" if endpoint.key_header == "authorization" else key
    return {
        "content-type": "application/json",
        "accept-encoding": "identity",  # whatever comes is sent on as it comes
        "user-agent": f"corridor/{__version__}",
        **endpoint.headers,
        **({endpoint.key_header: shown} if key and shown else {}),
    }


def address_at(endpoint: HttpEndpoint, path: str) -> URL:
    """Return the address of a server that takes requests for a path.

    Raises:
        Invalid: if it is none.
    """
    base = endpoint.base_url.rstrip("/")
    asked = {str(name): there for name, there in endpoint.paths.items()}.get(path, path)
    try:
        address = URL(base + asked, encoded=True)
        host, port = address.host, address.port
        if host and (":" in host or host.replace(".", "").isdigit()):
            ip_address(host)
    except ValueError as error:
        raise Invalid(f"{endpoint.base_url} is not an address: {error}.") from error
    if not host or not 0 < (port or 0) < 2**16:
        raise Invalid(f"{endpoint.base_url} is not an address: there is no such host or port.")
    return address


@dataclass(slots=True)
class _Sending(AbstractAsyncContextManager[Answer]):
    """One request and its answer."""

    connection: HttpConnection
    call: Call
    _response: aiohttp.ClientResponse | None = None
    _body: "_Body | None" = None

    async def __aenter__(self) -> Answer:
        response = self._response = await self.connection.begin(self.call)
        headers, body = response.headers, _Body(response.content)
        if response.connection is not None:  # there is more to come
            self._body = body
            body.watch(response.connection, self.connection.timeout.sock_read)
        return Answer(
            response.status,
            headers.get("content-type", ""),
            body,
            {n: v for n in PASSED_ON if (v := headers.get(n)) and v.isascii()},
            response.close,
        )

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._body is not None:
            self._body.watch_no_more()
        if self._response is not None:
            # One that was read to its end has gone back to the others; any other is cut here.
            self._response.close()


@dataclass(slots=True)
class _Body:
    """What is still to come of an answer, as it comes.

    Whoever waits for it waits `idle_seconds` at most. The library would set a timer for each piece;
    here is one, which looks since when somebody waits.
    """

    content: aiohttp.StreamReader
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _idle_seconds: float = 0.0
    _waits_since: float = math.inf
    _timer: asyncio.TimerHandle | None = None

    def watch(self, connection: aiohttp.connector.Connection, idle_seconds: float | None) -> None:
        """Let nobody wait for longer than so many seconds, by this alone."""
        if idle_seconds and connection.protocol is not None:
            connection.protocol.read_timeout = None
            connection.protocol.start_timeout()  # which is none from now on
            self._idle_seconds = idle_seconds
            self._timer = self._loop.call_later(idle_seconds, self._look)

    def watch_no_more(self) -> None:
        """Let the timer go."""
        if self._timer is not None:
            self._timer.cancel()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        # Whoever reads the body stands outside the library's own error handling.
        self._waits_since = self._loop.time()
        try:
            chunk = await self.content.readany()
        except FAILURES as error:
            raise _failure(error, "The provider broke off its answer.") from error
        self._waits_since = math.inf
        if not chunk:
            raise StopAsyncIteration
        return chunk

    def _look(self) -> None:
        now = self._loop.time()
        left = min(self._waits_since, now) + self._idle_seconds - now
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self.content.set_exception(aiohttp.SocketTimeoutError("Nothing came for too long."))


def _failure(error: Exception, message: str) -> ProviderFailed:
    if isinstance(error, TimeoutError):  # the library's own are of this kind too
        return ProviderFailed("The provider did not answer in time.", reason="timeout")
    if isinstance(error, aiohttp.ClientConnectorError):
        if error.os_error.errno == NOT_OPEN:
            return ProviderFailed("Its name leads to no public address.", reason="not open")
        return ProviderFailed("The provider refused the connection.", reason="refused")
    return ProviderFailed(message, reason="broken")
