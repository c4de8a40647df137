"""Probes over HTTP: a drill asks the gateway as any caller would."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import orjson

from corridor.core.clock import Clock, Steady
from corridor.core.doors import late
from corridor.drills.ports import Probe, Probed

if TYPE_CHECKING:
    import httpx2
else:  # only a node that asks others takes it in
    httpx2 = late("httpx2")

MAX_TOKENS = 12
CHAT = "/chat/completions"


@dataclass(frozen=True, slots=True)
class HttpProber:
    """Sends probes to a node's gateway with a key of the drill's own."""

    client: "httpx2.AsyncClient"
    clock: Clock

    @classmethod
    def to(cls, address: str, key: str, timeout_seconds: float, clock: Clock) -> "HttpProber":
        """Prepare to probe the gateway at an address."""
        client = httpx2.AsyncClient(
            base_url=f"{address}/v1",
            headers={"authorization": f"Bearer {key}"},
            timeout=timeout_seconds,
            trust_env=False,
        )
        return cls(client, Steady(clock))

    async def ask(self, probe: Probe, turn: int = 0) -> Probed:
        """Send one probe, with the item whose turn it is; a failure is an outcome, not an error."""
        item = probe.items[turn % len(probe.items)] if probe.items else None
        path, body = (item.path, item.body) if item else (CHAT, _plain(probe))
        headers = {"x-corridor-language": probe.language}
        began = self.clock().timestamp()
        provider, error, right = None, None, None
        try:
            response = await self.client.post(
                path, json={**body, "model": probe.service}, headers=headers
            )
            if response.is_success:
                provider = response.headers.get("x-corridor-provider")
                error = None if provider else "status 200 of no gateway"
                right = item.is_right(_text(response.content)) if item else None
            else:
                error = f"status {response.status_code}"
        except httpx2.HTTPError as failure:
            error = type(failure).__name__
        ended = self.clock().timestamp()
        name = item.item if item else ""
        return Probed(probe.service, probe.language, began, ended, provider, error, right, name)

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()


@dataclass(frozen=True, slots=True)
class HttpProbing:
    """The way to the gateway at an address."""

    address: str
    timeout_seconds: float
    """A probe without an answer after so long has failed."""
    clock: Clock

    def to(self, key: str) -> HttpProber:
        """Prepare to send probes that show a key."""
        return HttpProber.to(self.address, key, self.timeout_seconds, self.clock)


def _plain(probe: Probe) -> Mapping[str, object]:
    return {
        "messages": [{"role": "user", "content": probe.question}],
        "max_tokens": MAX_TOKENS,
        "temperature": 0,
    }


def _text(data: bytes) -> str:
    """Return what an answer says; empty where it says nothing."""
    try:
        choice = cast("dict[str, Any]", orjson.loads(data))["choices"][0]
        text = choice["text"] if "text" in choice else choice["message"]["content"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return ""
    return text if isinstance(text, str) else ""
