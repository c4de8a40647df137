"""A provider behind an OpenAI-compatible HTTP address."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import orjson

from corridor.catalogue.errors import ProviderFailed
from corridor.catalogue.ports import Answer, Call
from corridor.core.errors import Invalid

PASSED_ON = ("retry-after",)
"""Headers of a provider's answer that mean something to whoever asked."""


@dataclass(frozen=True, slots=True)
class HttpConnection:
    """Connections to one server, kept open between requests."""

    client: httpx2.AsyncClient
    model: str
    """What the server calls the model."""

    @classmethod
    def to(
        cls,
        base_url: str,
        model: str,
        key: str | None,
        *,
        connect_seconds: float,
        idle_seconds: float,
    ) -> "HttpConnection":
        """Prepare a connection; nothing is sent yet.

        Raises:
            Invalid: if the address is none.
        """
        headers = {"authorization": f"Bearer {key}"} if key else {}
        client = httpx2.AsyncClient(
            base_url=_address(base_url),
            headers=headers,
            timeout=httpx2.Timeout(idle_seconds, connect=connect_seconds),
            limits=httpx2.Limits(max_connections=256, max_keepalive_connections=64),
            follow_redirects=False,
            trust_env=False,
        )
        return cls(client, model)

    @asynccontextmanager
    async def send(self, call: Call) -> AsyncGenerator[Answer]:
        """Send a request.

        Raises:
            ProviderFailed: if the server cannot be reached or breaks off.
            Invalid: if the request cannot be written as JSON.
        """
        try:
            content = orjson.dumps({**call.body, "model": self.model})
        except orjson.JSONEncodeError as error:
            raise Invalid("The request is nested too deeply to be sent on.") from error
        headers = {
            "content-type": "application/json",
            "x-request-id": call.request_id,
            **(call.sign(content) if call.sign else {}),
        }
        try:
            async with self.client.stream(
                "POST", call.path, content=content, headers=headers
            ) as response:
                yield Answer(
                    response.status_code,
                    response.headers.get("content-type", ""),
                    _told_apart(response.aiter_bytes()),
                    {n: v for n, v in response.headers.items() if n in PASSED_ON and v.isascii()},
                )
        except httpx2.TimeoutException as error:
            raise ProviderFailed(
                "The provider did not answer in time.", reason="timeout"
            ) from error
        except httpx2.ConnectError as error:
            raise ProviderFailed(
                "The provider refused the connection.", reason="refused"
            ) from error
        except httpx2.HTTPError as error:
            raise ProviderFailed("The provider broke the connection.", reason="broken") from error

    def warm(self) -> None:
        """Do nothing: a connection opens in a moment."""

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()


def _address(base_url: str) -> httpx2.URL:
    try:
        address = httpx2.URL(base_url.rstrip("/"))
    except httpx2.InvalidURL as error:
        raise Invalid(f"{base_url} is not an address: {error}.") from error
    if not 0 < (address.port or 1) < 2**16:
        raise Invalid(f"{base_url} is not an address: there is no such port.")
    return address


async def _told_apart(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    # Whoever reads the body stands outside the library's own error handling.
    try:
        async for chunk in chunks:
            yield chunk
    except httpx2.TimeoutException as error:
        raise ProviderFailed("The provider fell silent.", reason="timeout") from error
    except httpx2.HTTPError as error:
        raise ProviderFailed("The provider broke off its answer.", reason="broken") from error
