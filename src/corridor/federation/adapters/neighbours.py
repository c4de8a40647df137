"""Other nodes over HTTP, asked as this node (RFC 9421). Whoever answers may be hostile.

It can waste one deadline: answers are read up to a limit, never decompressed or followed elsewhere.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corridor.core.doors import late
from corridor.core.store import Identity
from corridor.federation.adapters.answers import body_of, check_head
from corridor.federation.adapters.signatures import sign
from corridor.federation.errors import PartnerUnavailable

if TYPE_CHECKING:
    import httpx2
else:  # only a node that asks others takes it in
    httpx2 = late("httpx2")

MOST_BYTES = 16 * 1024
SECONDS = 5.0
"""From connecting to the last byte; what is asked for here is small."""


@dataclass(frozen=True, slots=True)
class HttpNeighbours:
    """Asks other nodes over HTTP, signing as this node."""

    identity: Identity
    seconds: float = SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    """Trusts what the system trusts."""

    async def ask(self, who: str, url: str) -> bytes:
        """Return what a node answers at an address, to a request that this node signed."""
        try:
            async with asyncio.timeout(self.seconds):
                return await self._answer(who, url)
        except TimeoutError as error:
            raise PartnerUnavailable(f"{who} did not answer within {self.seconds:g} s.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise PartnerUnavailable(f"{who} does not answer at {url}: {reason}.") from error

    async def _answer(self, who: str, url: str) -> bytes:
        # No timeout here, for `ask` has one deadline for all; and a proxy or .netrc of the
        # environment is nothing that an operator set for this node.
        async with httpx2.AsyncClient(verify=self.tls, timeout=None, trust_env=False) as http:
            request = http.build_request("GET", url, headers=_PLAIN)
            sign(request, self.identity)
            response = await http.send(request, stream=True)
            try:
                check_head(response, who)
                return await body_of(response, who, MOST_BYTES)
            finally:
                await response.aclose()


_PLAIN = {"accept-encoding": "identity", "user-agent": "corridor"}
