"""Partners over HTTP. Whoever answers may be hostile: it can waste a deadline and no more.

Answers are read as a stream and cut off at a limit, never decompressed, never followed elsewhere.
The deadline is for the whole request; that for entries gets longer by what arrives, and by that
alone, so that a server which trickles does not hold us.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from corridor.core.checkpoints import MAX_NOTE_BYTES
from corridor.core.doors import late
from corridor.core.store import Identity
from corridor.core.tiles import Tile, address_of
from corridor.federation.adapters.answers import body_of, check_head, understood
from corridor.federation.adapters.lines import Lines
from corridor.federation.adapters.signatures import sign
from corridor.federation.errors import (
    NotUnderstood,
    PartnerUnavailable,
)
from corridor.federation.ports import Card, LogEntry, Remote
from corridor.federation.settings import FederationSettings

if TYPE_CHECKING:
    import httpx2
else:  # only a node that asks others takes it in
    httpx2 = late("httpx2")

MAX_CARD_BYTES = 64 * 1024
MAX_TILE_BYTES = 8 * 1024
"""256 hashes."""
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class HttpPartnerClient:
    """Ask other nodes over HTTP, signing where a partner's rights are needed."""

    settings: FederationSettings
    identity: Identity
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    """Trusts what the system trusts."""
    http: "httpx2.AsyncClient | None" = field(default=None, repr=False)
    """Connections that are kept open; without it, each request makes its own."""

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator["HttpPartnerClient"]:
        """Keep connections open while the block runs."""
        async with self._connections() as http:
            yield replace(self, http=http)

    async def card(self, url: str) -> Card:
        """Ask who answers at an address."""
        body = await self._answer(url, f"{url}/.well-known/corridor.json", MAX_CARD_BYTES)
        return understood(Card, body, url)

    async def checkpoint(self, partner: Remote) -> str:
        """Ask for the partner's checkpoint, a signed note."""
        url = f"{partner.url}/checkpoint"
        body = await self._answer(partner.name, url, MAX_NOTE_BYTES)
        try:
            return body.decode()
        except UnicodeDecodeError as error:
            raise NotUnderstood(f"{partner.name} answered no text as its checkpoint.") from error

    async def tile(self, partner: Remote, tile: Tile) -> bytes:
        """Ask for a tile of hashes of the partner's log."""
        url = f"{partner.url}/tile/{address_of(tile)}"
        return await self._answer(partner.name, url, MAX_TILE_BYTES)

    async def entries(
        self, partner: Remote, start: int, limit: int
    ) -> AsyncGenerator[Sequence[LogEntry]]:
        """Ask for a stretch of the partner's log, as this node; yield what has arrived whole."""
        url = f"{partner.url}/federation/entries?start={start}&limit={limit}"
        lines = Lines(partner.name, start, self.settings.max_entry_bytes)
        async with aclosing(self._chunks(partner.name, url)) as chunks:
            async for chunk, in_time in chunks:
                if found := lines.completed_by(chunk):
                    yield found
                if not in_time and lines.position > start:
                    return
        lines.end()

    async def _answer(self, who: str, url: str, limit: int, *, signed: bool = False) -> bytes:
        async def read() -> bytes:
            async with self._response(url, signed=signed) as response:
                check_head(response, who)
                return await body_of(response, who, limit)

        return await _waited(read(), self.settings.request_seconds, who, url)

    async def _chunks(self, who: str, url: str) -> AsyncGenerator[tuple[bytes, bool]]:
        """Yield a signed request's answer as it comes, and whether it is within the usual time.

        Only the time counts that was spent waiting for the partner.
        """
        seconds, rate = self.settings.request_seconds, self.settings.min_bytes_per_second
        clock = asyncio.get_running_loop().time
        waited, received = 0.0, 0
        async with AsyncExitStack() as stack:
            answered = stack.enter_async_context(self._response(url, signed=True))
            response = await _waited(answered, seconds, who, url)
            check_head(response, who)
            chunks = response.aiter_raw()
            while True:
                left, began = seconds + received / rate - waited, clock()
                chunk = await _waited(anext(chunks, None), left, who, url)
                if chunk is None:
                    return
                waited += clock() - began
                received += len(chunk)
                yield chunk, waited < seconds

    @asynccontextmanager
    async def _response(self, url: str, *, signed: bool) -> "AsyncGenerator[httpx2.Response]":
        async with AsyncExitStack() as stack:
            http = self.http or await stack.enter_async_context(self._connections())
            request = http.build_request("GET", url, headers={"accept-encoding": "identity"})
            if signed:
                sign(request, self.identity)
            response = await http.send(request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()

    def _connections(self) -> "httpx2.AsyncClient":
        # No timeout here, for each request has its own deadline; and a proxy or .netrc of the
        # environment is nothing that an operator set for this node.
        return httpx2.AsyncClient(verify=self.tls, timeout=None, trust_env=False)


async def _waited(doing: Awaitable[ResultT], seconds: float, who: str, url: str) -> ResultT:
    """Wait for a partner.

    Raises:
        PartnerUnavailable: if it takes too long, or does not answer in HTTP.
    """
    try:
        async with asyncio.timeout(seconds):
            return await doing
    except TimeoutError as error:
        raise PartnerUnavailable(f"{who} did not finish its answer in time.") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise PartnerUnavailable(f"{who} does not answer at {url}: {reason}.") from error
