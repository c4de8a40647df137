"""Partners over HTTP. Whoever answers may be hostile: it can waste a deadline and no more.

Answers are read as a stream and cut off at a limit, never decompressed, never followed elsewhere,
and the deadline is for the whole request, so that a server which trickles does not hold us.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from corridor.core.checkpoints import MAX_NOTE_BYTES
from corridor.core.store import Identity
from corridor.federation.adapters.signatures import sign
from corridor.federation.errors import (
    AnswerTooLarge,
    NotAccepted,
    NotUnderstood,
    PartnerUnavailable,
)
from corridor.federation.ports import Card, Page, Remote
from corridor.federation.settings import FederationSettings

MAX_CARD_BYTES = 64 * 1024
ShapeT = TypeVar("ShapeT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class HttpPartnerClient:
    """Ask other nodes over HTTP, signing where a partner's rights are needed."""

    settings: FederationSettings
    identity: Identity
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    """Trusts what the system trusts."""

    async def card(self, url: str) -> Card:
        """Ask who answers at an address."""
        body = await self._answer(url, f"{url}/.well-known/corridor.json", MAX_CARD_BYTES)
        return _understood(Card, body, url)

    async def checkpoint(self, partner: Remote) -> str:
        """Ask for the partner's checkpoint, a signed note."""
        url = f"{partner.url}/checkpoint"
        body = await self._answer(partner.name, url, MAX_NOTE_BYTES)
        try:
            return body.decode()
        except UnicodeDecodeError as error:
            raise NotUnderstood(f"{partner.name} answered no text as its checkpoint.") from error

    async def entries(self, partner: Remote, start: int) -> Page:
        """Ask for a stretch of the partner's log, as this node."""
        url = f"{partner.url}/federation/entries?start={start}"
        body = await self._answer(partner.name, url, self.settings.max_page_bytes, signed=True)
        return _understood(Page, body, f"{partner.name}, from position {start},")

    async def _answer(self, who: str, url: str, limit: int, *, signed: bool = False) -> bytes:
        seconds = self.settings.request_seconds
        try:
            async with asyncio.timeout(seconds), self._response(url, signed=signed) as response:
                _check_head(response, who)
                return await _body(response, who, limit)
        except TimeoutError as error:
            raise PartnerUnavailable(
                f"{who} did not finish its answer within {seconds:g} s."
            ) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise PartnerUnavailable(f"{who} does not answer at {url}: {reason}.") from error

    @asynccontextmanager
    async def _response(self, url: str, *, signed: bool) -> AsyncGenerator[httpx2.Response]:
        # No timeout here, for _answer has one deadline for all; and a proxy or .netrc of the
        # environment is nothing that an operator set for this node.
        async with httpx2.AsyncClient(verify=self.tls, timeout=None, trust_env=False) as client:
            request = client.build_request("GET", url, headers={"accept-encoding": "identity"})
            if signed:
                sign(request, self.identity)
            response = await client.send(request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()


def _check_head(response: httpx2.Response, who: str) -> None:
    status = response.status_code
    if status == 403:
        raise NotAccepted(f"{who} does not accept this node's signature.")
    if status == 429 or status >= 500:
        raise PartnerUnavailable(f"{who} answered with status {status}.")
    if status != 200:
        raise NotUnderstood(f"{who} answered with status {status}, which is not followed.")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise NotUnderstood(f"{who} compressed its answer though it was asked not to.")


async def _body(response: httpx2.Response, who: str, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise AnswerTooLarge(f"{who} answers with more than {limit} bytes.")
    return bytes(body)


def _understood(shape: type[ShapeT], body: bytes, who: str) -> ShapeT:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the start"
        raise NotUnderstood(
            f"{who} answered what is no {shape.__name__.lower()}: at {place}: {first['msg']}."
        ) from error
