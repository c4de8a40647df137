"""Witnesses and gossip over HTTP. Whoever answers may be hostile: it can waste a deadline, no more.

Answers are read up to a limit, never decompressed and never followed elsewhere; the deadline is for
the whole request.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corridor.core.doors import late
from corridor.core.notes import MAX_NOTE_BYTES
from corridor.core.store import Identity
from corridor.federation.adapters.answers import body_of, check_head, understood
from corridor.federation.adapters.signatures import sign
from corridor.federation.errors import PartnerUnavailable
from corridor.federation.ports import AuditProof, Remote, SeenLogs, WitnessAnswer
from corridor.federation.settings import FederationSettings

if TYPE_CHECKING:
    import httpx2
else:  # only a node that asks others takes it in
    httpx2 = late("httpx2")

MAX_SIGNATURES_BYTES = 16 * 1024
MAX_SEEN_BYTES = 4 * 1024 * 1024
MAX_PROOF_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class HttpWitnessClient:
    """Ask witnesses to cosign, and partners for what they saw."""

    settings: FederationSettings
    identity: Identity
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    """Trusts what the system trusts."""

    async def add_checkpoint(self, who: str, url: str, body: bytes) -> WitnessAnswer:
        """Hand a checkpoint to the witness at an address; any status is an answer."""
        request = httpx2.Request("POST", url, content=body, headers=_PLAIN)
        response, answer = await self._answer(who, request, MAX_SIGNATURES_BYTES)
        return WitnessAnswer(response.status_code, answer.decode(errors="replace"))

    async def seen(self, partner: Remote) -> SeenLogs:
        """Ask a partner, as this node, what it saw of its partners' logs."""
        request = httpx2.Request("GET", f"{partner.url}/federation/seen", headers=_PLAIN)
        sign(request, self.identity)
        answer = await self._good(partner.name, request, MAX_SEEN_BYTES)
        return understood(SeenLogs, answer, partner.name)

    async def audit_checkpoint(self, partner: Remote) -> str:
        """Ask for the checkpoint of the account of a partner's acts, a signed note."""
        request = httpx2.Request("GET", f"{partner.url}/audit/checkpoint", headers=_PLAIN)
        answer = await self._good(partner.name, request, MAX_NOTE_BYTES)
        return answer.decode(errors="replace")  # a note with a replaced character is not signed

    async def audit_proof(self, partner: Remote, old: int, new: int) -> AuditProof:
        """Ask for the proof that this account grew from one size to another."""
        url = f"{partner.url}/audit/consistency?old={old}&new={new}"
        request = httpx2.Request("GET", url, headers=_PLAIN)
        answer = await self._good(partner.name, request, MAX_PROOF_BYTES)
        return understood(AuditProof, answer, partner.name)

    async def _good(self, who: str, request: "httpx2.Request", limit: int) -> bytes:
        """Return the body of an answer that has the status 200."""
        response, body = await self._answer(who, request, limit)
        check_head(response, who)
        return body

    async def _answer(
        self, who: str, request: "httpx2.Request", limit: int
    ) -> "tuple[httpx2.Response, bytes]":
        seconds = self.settings.request_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._read(who, request, limit)
        except TimeoutError as error:
            raise PartnerUnavailable(f"{who} did not answer within {seconds:g} s.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise PartnerUnavailable(
                f"{who} does not answer at {request.url}: {reason}."
            ) from error

    async def _read(
        self, who: str, request: "httpx2.Request", limit: int
    ) -> "tuple[httpx2.Response, bytes]":
        # No timeout here, for _answer has one deadline for all; and a proxy or .netrc of the
        # environment is nothing that an operator set for this node.
        async with httpx2.AsyncClient(verify=self.tls, timeout=None, trust_env=False) as http:
            response = await http.send(request, stream=True)
            try:
                return response, await body_of(response, who, limit)
            finally:
                await response.aclose()


_PLAIN = {"accept-encoding": "identity", "user-agent": "corridor"}
