"""Asking partners over HTTP for this node's own log.

Whoever answers may be hostile: an answer is read up to a limit and a deadline, never decompressed
and never followed elsewhere.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corridor.core.doors import late
from corridor.core.store import Identity
from corridor.federation.adapters.answers import ShapeT, body_of, check_head, understood
from corridor.federation.adapters.signatures import sign
from corridor.federation.errors import PartnerUnavailable
from corridor.federation.ports import Mirror, Mirrored, Remote
from corridor.federation.settings import MIB, FederationSettings

if TYPE_CHECKING:
    import httpx2
else:  # only a node that asks others takes it in
    httpx2 = late("httpx2")


@dataclass(frozen=True, slots=True)
class HttpMirrorClient:
    """Ask partners over HTTP, signing each request as this node."""

    settings: FederationSettings
    identity: Identity
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    """Trusts what the system trusts."""

    async def mirror(self, partner: Remote) -> Mirror:
        """Ask what a partner holds of this node's log."""
        return await self._asked(Mirror, partner, "", 8 * MIB)

    async def mirrored(self, partner: Remote, start: int, *, brief: bool) -> Mirrored:
        """Ask for a stretch of this node's log, from a position on; `brief`: no records."""
        limit = 2 * (self.settings.page_bytes + self.settings.max_entry_bytes)
        words = f"/entries?start={start}&brief={'true' if brief else 'false'}"
        return await self._asked(Mirrored, partner, words, limit)

    async def _asked(self, shape: type[ShapeT], partner: Remote, words: str, limit: int) -> ShapeT:
        url = f"{partner.url}/federation/mirror/{self.identity.name}{words}"
        seconds = self.settings.request_seconds
        try:
            async with asyncio.timeout(seconds):
                body = await self._body(partner.name, url, limit)
        except TimeoutError as error:
            raise PartnerUnavailable(
                f"{partner.name} did not finish its answer within {seconds:g} s."
            ) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise PartnerUnavailable(f"{partner.name} does not answer: {reason}.") from error
        return understood(shape, body, partner.name)

    async def _body(self, who: str, url: str, limit: int) -> bytes:
        async with httpx2.AsyncClient(verify=self.tls, timeout=None, trust_env=False) as client:
            request = client.build_request("GET", url, headers={"accept-encoding": "identity"})
            sign(request, self.identity)
            response = await client.send(request, stream=True)
            try:
                check_head(response, who)
                return await body_of(response, who, limit)
            finally:
                await response.aclose()
