"""A provider behind an OpenAI-compatible HTTP address.

Over HTTP/1.1 by a client of our own, which costs least; `http2` speaks HTTP/2 with those that are said to offer it.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType

from yarl import URL

from corridor import __version__
from corridor.catalogue.adapters.http1 import ServerConnection, head_of, header_lines
from corridor.catalogue.adapters.http1_pool import HttpServer
from corridor.catalogue.errors import AddressNotOpen
from corridor.catalogue.ports import Answer, Call
from corridor.catalogue.records import HttpEndpoint
from corridor.catalogue.rules.addresses import Network, is_open, stated_address
from corridor.catalogue.rules.bodies import renamed
from corridor.core.errors import Invalid

PASSED_ON = ("retry-after",)
"""Headers of a provider's answer that mean something to whoever asked."""


@dataclass(slots=True)
class HttpConnection:
    """Connections to one server, kept open between requests."""

    model: str
    """What the server calls the model."""
    urls: Mapping[str, URL]
    """By the path that is asked for."""
    headers: Mapping[str, str]
    server: HttpServer
    _heads: dict[str, bytes] = field(default_factory=dict[str, bytes], init=False)
    """By path: what all requests for it have in common."""

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
        url = address_at(endpoint, "")
        return cls(
            endpoint.model,
            {path: address_at(endpoint, path) for path in endpoint.serves},
            headers_for(endpoint, key),
            HttpServer(
                url.raw_host or "",
                url.port or 0,
                connect_seconds,
                idle_seconds,
                url.scheme == "https",
                let_in,
            ),
        )

    def serves(self, path: str) -> bool:
        """Tell whether the server has an address for such requests at all."""
        return path in self.urls

    def send(self, call: Call) -> "_Sending":
        """Send a request when the context is entered; leaving it ends the answer.

        Entering raises ProviderFailed if the server cannot be reached or breaks off, and Invalid
        if the request cannot be written.
        """
        return _Sending(self, call)

    def written(self, call: Call) -> bytes:
        """Return a request as it goes over the wire.

        Raises:
            Invalid: if it cannot be written as JSON, or a header would hold a line end.
        """
        content = renamed(call.raw, call.body, self.model)
        own = {"x-request-id": call.request_id, **call.headers}
        if call.sign is not None:
            own.update(call.sign(content))
        head = self._heads.get(call.path)
        if head is None:
            head = self._heads[call.path] = self._head(call.path, self.headers)
        if not self.headers.keys().isdisjoint(own):
            common = {name: value for name, value in self.headers.items() if name not in own}
            head = self._head(call.path, common)
        return b"%b%bcontent-length: %d\r\n\r\n%b" % (
            head,
            header_lines(own),
            len(content),
            content,
        )

    def warm(self) -> None:
        """Do nothing: a connection opens in a moment."""

    async def close(self) -> None:
        """Close the connections."""
        self.server.close()

    def _head(self, path: str, headers: Mapping[str, str]) -> bytes:
        return head_of(self.urls[path], headers)


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

    way: HttpConnection
    call: Call
    _connection: ServerConnection | None = None

    async def __aenter__(self) -> Answer:
        request = self.way.written(self.call)
        found = self._connection = await self.way.server.connection()
        try:
            await found.ask(request)
        except BaseException:
            self._leave()
            raise
        headers = found.headers
        kept = {n: v for n in PASSED_ON if (v := _text(headers, n.encode())) and v.isascii()}
        kind = _text(headers, b"content-type")
        return Answer(found.status, kind, found, kept, found.cut, found.hand)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._connection is not None:
            self.way.server.leave(self._connection)
            self._connection = None


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
