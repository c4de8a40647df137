"""Telling another node over HTTP that its invitation is accepted.

Its answer is read up to a limit and a deadline, never decompressed and never followed elsewhere.
"""

import asyncio
import json
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from corridor.core.doors import late
from corridor.federation.adapters.answers import body_of
from corridor.federation.errors import AnswerTooLarge, NotInvited, PartnerUnavailable
from corridor.federation.ports import Acceptance
from corridor.federation.settings import FederationSettings

if TYPE_CHECKING:
    import httpx2
else:  # only a node that asks others takes it in
    httpx2 = late("httpx2")

MAX_ANSWER_BYTES = 64 * 1024
MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class HttpMessenger:
    """Tells nodes over HTTP. Nothing of an answer is believed but whether it was yes."""

    settings: FederationSettings
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    """Trusts what the system trusts."""

    async def accept(self, url: str, acceptance: Acceptance) -> None:
        """Tell a node that its invitation is accepted."""
        try:
            async with asyncio.timeout(self.settings.request_seconds):
                status, answer = await self._post(f"{url}/federation/acceptances", acceptance)
        except AnswerTooLarge as error:
            raise PartnerUnavailable(error.message, hint=_AGAIN) from error
        except TimeoutError as error:
            raise PartnerUnavailable(f"{url} did not answer in time.", hint=_AGAIN) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise PartnerUnavailable(f"{url} does not answer: {reason}.", hint=_AGAIN) from error
        if status == 429 or status >= 500:
            raise PartnerUnavailable(f"{url} answered with status {status}.", hint=_AGAIN)
        if status != 202:
            raise NotInvited(f"{url} refuses the acceptance: {_reason(status, answer)}")

    async def _post(self, url: str, acceptance: Acceptance) -> tuple[int, bytes]:
        body = acceptance.model_dump_json()
        headers = {"accept-encoding": "identity", "content-type": "application/json"}
        async with (
            httpx2.AsyncClient(verify=self.tls, timeout=None, trust_env=False) as client,
            client.stream("POST", url, content=body, headers=headers) as response,
        ):
            return response.status_code, await body_of(response, url, MAX_ANSWER_BYTES)


def _reason(status: int, answer: bytes) -> str:
    """Return why the node says that it refuses, as one short line of plain characters."""
    try:
        problem = cast("dict[str, object]", json.loads(answer))
        said = str(problem["title"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"status {status}."
    return "".join(each for each in said if each.isprintable())[:MAX_REASON]


_AGAIN = "Nothing was kept here. Run the same command again when that node can be reached."
