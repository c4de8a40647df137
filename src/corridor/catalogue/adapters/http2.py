"""A provider that offers HTTP/2: many requests in one connection, and each can be ended by itself.

By pyreqwest. The server chooses the protocol as TLS begins (ALPN, RFC 7301); one that offers no HTTP/2 is spoken
to over HTTP/1.1. Where a connection goes is decided here: the name is looked up, its addresses are judged, and the
client is told which one to take. It never looks a name up itself.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import ConnectError, PyreqwestError, RequestTimeoutError
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response, ResponseBodyReader
from yarl import URL

from corridor.catalogue.adapters.openai_http import PASSED_ON, address_at, check_open, headers_for
from corridor.catalogue.errors import ProviderFailed
from corridor.catalogue.ports import Answer, Call
from corridor.catalogue.records import HttpEndpoint
from corridor.catalogue.rules.addresses import Network, is_open
from corridor.catalogue.rules.bodies import renamed

Result = TypeVar("Result")
Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Returns the addresses of a name; raises OSError if it has none."""

LOOKED_UP_SECONDS = 30.0
"""How long an address is used before its name is looked up again."""
NOT_READ_AHEAD = 0
"""Else the client waits until so many bytes of an answer are there before it shows the first."""


async def addresses_of(host: str, port: int) -> list[str]:
    """Look a name up.

    Raises:
        OSError: if it leads nowhere.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


@dataclass(slots=True)
class _Body:
    """What is still to come of one answer."""

    reader: ResponseBodyReader
    _reading: "asyncio.Future[bytes] | None" = None
    _is_cut: bool = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._is_cut:
            raise _broken()
        self._reading = asyncio.ensure_future(self._chunk())
        try:
            chunk = await _given_up_with_us(self._reading)
        except asyncio.CancelledError:
            if self._is_cut:
                raise _broken() from None
            raise
        except (PyreqwestError, ConnectionError, TimeoutError) as error:
            raise _failure(error, "The provider broke off its answer.") from error
        if not chunk:
            raise StopAsyncIteration
        return chunk

    def cut(self) -> None:
        """Break the answer off at once."""
        self._is_cut = True
        if self._reading is not None:
            self._reading.cancel()

    async def _chunk(self) -> bytes:
        return bytes(await self.reader.read_chunk() or b"")


@dataclass(slots=True)
class Http2Connection:
    """Connections to one server that may speak HTTP/2."""

    model: str
    """What the server calls the model."""
    urls: Mapping[str, URL]
    """By the path that is asked for."""
    headers: Mapping[str, str]
    connect_seconds: float
    idle_seconds: float
    let_in: Sequence[Network] = ()
    roots: bytes = b""
    """Certificates in PEM that are trusted beside those of the system."""
    lookup: Lookup = addresses_of
    _client: Client | None = field(default=None, init=False)
    _address: str = field(default="", init=False)
    _stale_at: float = field(default=0.0, init=False)
    _turn: int = field(default=0, init=False)
    """Which of several addresses is tried; the next after one that refused."""
    _known: int = field(default=1, init=False)
    """How many addresses it has that may be tried."""
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    @classmethod
    def to(
        cls,
        endpoint: HttpEndpoint,
        key: str | None,
        *,
        connect_seconds: float,
        idle_seconds: float,
        let_in: Sequence[Network] = (),
        roots: bytes = b"",
        lookup: Lookup = addresses_of,
    ) -> "Http2Connection":
        """Prepare a connection; nothing is sent yet.

        Raises:
            Invalid: if the address is none.
            AddressNotOpen: if it is one that requests may not be sent to.
        """
        check_open(endpoint, let_in)
        urls = {path: address_at(endpoint, path) for path in endpoint.serves}
        return cls(
            endpoint.model,
            urls,
            headers_for(endpoint, key),
            connect_seconds,
            idle_seconds,
            let_in,
            roots,
            lookup,
        )

    def serves(self, path: str) -> bool:
        """Tell whether the server has an address for such requests at all."""
        return path in self.urls

    @asynccontextmanager
    async def send(self, call: Call) -> AsyncGenerator[Answer]:
        """Send a request; leaving the context ends it, and no other of the same connection.

        Raises:
            ProviderFailed: if the server cannot be reached or breaks off.
            Invalid: if the request cannot be written as JSON.
        """
        request, response = await self._begun(call, renamed(call.raw, call.body, self.model))
        body = _Body(response.body_reader)
        try:
            yield Answer(
                response.status,
                response.get_header("content-type") or "",
                body,
                {n: v for n in PASSED_ON if (v := response.get_header(n)) and v.isascii()},
                body.cut,
            )
        finally:
            await request.__aexit__(None, None, None)

    def warm(self) -> None:
        """Do nothing: a connection opens in a moment."""

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _begun(self, call: Call, content: bytes) -> tuple[StreamRequest, Response]:
        """Send a request; to the next address where one does not take the connection."""
        url, refused = self.urls[call.path], 0
        headers = {
            **self.headers,
            "x-request-id": call.request_id,
            **call.headers,
            **(call.sign(content) if call.sign else {}),
        }
        while True:
            request = (
                (await self._ready(url))
                .post(str(url))
                .headers(headers)
                .body_bytes(content)
                .streamed_read_buffer_limit(NOT_READ_AHEAD)
                .build_streamed()
            )
            try:
                return request, await self._entered(request)
            except (PyreqwestError, ConnectionError, TimeoutError) as error:
                self._stale_at = 0.0
                is_refused = isinstance(error, ConnectError)
                self._turn += is_refused
                refused += is_refused
                if not is_refused or refused >= self._known:
                    raise _failure(error, "The provider did not answer.") from error

    async def _entered(self, request: StreamRequest) -> Response:
        entering = asyncio.ensure_future(request.__aenter__())
        try:
            return await _given_up_with_us(entering)
        except asyncio.CancelledError:
            await asyncio.wait((entering,))
            if not entering.cancelled() and entering.exception() is None:  # it came all the same
                await request.__aexit__(None, None, None)
            raise

    async def _ready(self, url: URL) -> Client:
        """Return a client that connects to an address that was judged not long ago."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if self._client is None or now >= self._stale_at:
                address = await self._looked_up(url)
                if self._client is None or address != self._address:
                    # Requests on their way hold the one before it; it goes when they are over.
                    self._client, self._address = self._made(url, address), address
                self._stale_at = now + LOOKED_UP_SECONDS
            return self._client

    async def _looked_up(self, url: URL) -> str:
        try:
            async with asyncio.timeout(self.connect_seconds):
                found = await self.lookup(url.host or "", url.port or 443)
        except TimeoutError as error:
            raise ProviderFailed("Its name is not found in time.", reason="timeout") from error
        except (OSError, UnicodeError) as error:
            raise ProviderFailed("Its name leads nowhere.", reason="refused") from error
        allowed = [each for each in found if is_open(each, self.let_in)]
        if not allowed:
            raise ProviderFailed("Its name leads to no public address.", reason="not open")
        self._known = len(allowed)
        return allowed[self._turn % len(allowed)]

    def _made(self, url: URL, address: str) -> Client:
        builder = (
            ClientBuilder()
            .http2(enable=True)
            .https_only(enable=True)
            .follow_redirects(enable=False)
            .referer(enable=False)
            .no_proxy()
            .gzip(enable=False)
            .brotli(enable=False)
            .zstd(enable=False)
            .deflate(enable=False)
            .connect_timeout(timedelta(seconds=self.connect_seconds))
            .read_timeout(timedelta(seconds=self.idle_seconds))
            .resolve(url.host or "", address, url.port or 443)
        )
        return (builder.add_root_certificate_pem(self.roots) if self.roots else builder).build()


async def _given_up_with_us(work: "asyncio.Future[Result]") -> Result:
    """Wait for work of the client, and give it up when this task is given up.

    The client takes no notice of a cancellation that comes as its work is done. Had this task waited for
    the work itself, its own cancellation would be lost with it, and nobody would end the request.
    """
    try:
        await asyncio.wait((work,))
    except asyncio.CancelledError:
        work.add_done_callback(_looked_at)
        work.cancel()
        raise
    return work.result()


def _looked_at(work: "asyncio.Future[Result]") -> None:
    """Look at how given-up work ended: nobody else does."""
    if not work.cancelled():
        work.exception()


def _failure(error: Exception, message: str) -> ProviderFailed:
    if isinstance(error, RequestTimeoutError | TimeoutError):
        return ProviderFailed("The provider did not answer in time.", reason="timeout")
    if isinstance(error, ConnectError):
        return ProviderFailed("The provider refused the connection.", reason="refused")
    return ProviderFailed(message, reason="broken")


def _broken() -> ProviderFailed:
    return ProviderFailed("The answer was broken off here.", reason="broken")
