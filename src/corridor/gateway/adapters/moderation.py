"""An OpenAI-compatible endpoint for moderations, of the operator's choice.

It is sent texts and nothing else of a request. A redirection is not followed: it would take them
elsewhere.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import cast

import orjson
from yarl import URL

from corridor.catalogue import HttpServer, ProviderFailed, head_of
from corridor.core.errors import CorridorError, Unavailable
from corridor.gateway.ports import Endpoint, Judged

MOST_BYTES = 1024 * 1024
"""Of an answer."""
ANYWHERE = tuple(map(ip_network, ("0.0.0.0/0", "::/0")))
"""An operator chooses where it is, and it may well be inside."""

LONGEST = 3600.0
"""Each judgement has a time of its own, which is shorter."""


@dataclass(slots=True)
class HttpModerator:
    """Asks endpoints over HTTP, on connections that are kept."""

    key_at: Callable[[str | None], str | None]
    """Returns the key at a place."""
    _servers: dict[URL, HttpServer] = field(default_factory=dict[URL, HttpServer], init=False)
    """By their origin."""

    async def judge(self, endpoint: Endpoint, texts: Sequence[str]) -> list[Judged]:
        """Return what an endpoint says of each text.

        Raises:
            Unavailable: if it does not answer in time, or not as it should.
        """
        try:
            async with asyncio.timeout(endpoint.seconds):
                return _judged(await self._asked(endpoint, texts), len(texts))
        except TimeoutError as error:
            raise Unavailable("it did not answer in time") from error
        except ProviderFailed as error:
            raise Unavailable(f"it cannot be reached ({error.reason})") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unavailable("its answer is no moderation") from error

    async def close(self) -> None:
        """Let go of connections."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    async def _asked(self, endpoint: Endpoint, texts: Sequence[str]) -> bytes:
        asked: dict[str, object] = {"input": list(texts)}
        if endpoint.model:
            asked["model"] = endpoint.model
        content = orjson.dumps(asked)
        headers = {**self._headers(endpoint), "content-length": str(len(content))}
        server = self._server(endpoint)
        connection = await server.connection()
        try:
            await connection.ask(head_of(URL(endpoint.url), headers) + b"\r\n" + content)
            if connection.status != 200:
                raise Unavailable(f"it answered {connection.status}")
            data = bytearray()
            async for chunk in connection:
                data += chunk
                if len(data) > MOST_BYTES:
                    raise Unavailable("its answer is too large")
        finally:
            server.leave(connection)
        return bytes(data)

    def _server(self, endpoint: Endpoint) -> HttpServer:
        at = URL(endpoint.url).origin()
        if at not in self._servers:
            host, port, tls = at.raw_host or "", at.port or 0, at.scheme == "https"
            self._servers[at] = HttpServer(host, port, LONGEST, LONGEST, tls, ANYWHERE)
        return self._servers[at]

    def _headers(self, endpoint: Endpoint) -> dict[str, str]:
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        try:
            key = self.key_at(endpoint.credential)
        except CorridorError as error:
            raise Unavailable("its key is not there") from error
        return headers | {"authorization": f"Bearer {key}"} if key else headers


def _judged(data: bytes, count: int) -> list[Judged]:
    results = cast("list[dict[str, object]]", orjson.loads(data)["results"])
    if len(results) != count:
        raise ValueError("it judged another number of texts")
    return [_one(result) for result in results]


def _one(result: dict[str, object]) -> Judged:
    flagged = result["flagged"]
    if not isinstance(flagged, bool):
        raise TypeError("flagged must be true or false")
    scores = cast("dict[str, object]", result.get("category_scores") or {})
    numbers = [float(each) for each in scores.values() if isinstance(each, int | float)]
    return Judged(flagged, max(numbers, default=0.0))
