"""An OpenAI-compatible endpoint for moderations, of the operator's choice.

It is sent texts and nothing else of a request. A redirection is not followed: it would take them
elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import aiohttp
import orjson

from corridor.core.errors import CorridorError, Unavailable
from corridor.gateway.ports import Endpoint, Judged

MOST_BYTES = 1024 * 1024
"""Of an answer."""


@dataclass(slots=True)
class HttpModerator:
    """Asks endpoints over HTTP, on connections that are kept."""

    key_at: Callable[[str | None], str | None]
    """Returns the key at a place."""
    _session: aiohttp.ClientSession | None = field(default=None, init=False)

    async def judge(self, endpoint: Endpoint, texts: Sequence[str]) -> list[Judged]:
        """Return what an endpoint says of each text.

        Raises:
            Unavailable: if it does not answer in time, or not as it should.
        """
        try:
            return _judged(await self._asked(endpoint, texts), len(texts))
        except TimeoutError as error:
            raise Unavailable("it did not answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"it cannot be reached ({type(error).__name__})") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unavailable("its answer is no moderation") from error

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _asked(self, endpoint: Endpoint, texts: Sequence[str]) -> bytes:
        asked: dict[str, object] = {"input": list(texts)}
        if endpoint.model:
            asked["model"] = endpoint.model
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        async with self._session.post(
            endpoint.url,
            data=orjson.dumps(asked),
            headers=self._headers(endpoint),
            timeout=aiohttp.ClientTimeout(total=endpoint.seconds),
            allow_redirects=False,
        ) as answer:
            if answer.status != 200:
                raise Unavailable(f"it answered {answer.status}")
            data = await answer.content.read(MOST_BYTES + 1)
            while len(data) <= MOST_BYTES and (more := await answer.content.read(MOST_BYTES)):
                data += more
        if len(data) > MOST_BYTES:
            raise Unavailable("its answer is too large")
        return data

    def _headers(self, endpoint: Endpoint) -> dict[str, str]:
        headers = {"content-type": "application/json"}
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
