"""Probes over HTTP: a drill asks the gateway as any caller would."""

from dataclasses import dataclass

import httpx2

from corridor.core.clock import Clock
from corridor.drills.ports import Probe, Probed

MAX_TOKENS = 12


@dataclass(frozen=True, slots=True)
class HttpProber:
    """Sends probes to a node's gateway with a key of the drill's own."""

    client: httpx2.AsyncClient
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
        return cls(client, clock)

    async def ask(self, probe: Probe) -> Probed:
        """Send one probe; a failure is an outcome, not an error."""
        body = {
            "model": probe.service,
            "messages": [{"role": "user", "content": probe.question}],
            "max_tokens": MAX_TOKENS,
            "temperature": 0,
        }
        headers = {"x-corridor-language": probe.language}
        began = self.clock().timestamp()
        provider, error = None, None
        try:
            response = await self.client.post("/chat/completions", json=body, headers=headers)
            if response.is_success:
                provider = response.headers.get("x-corridor-provider")
                error = None if provider else "status 200 of no gateway"
            else:
                error = f"status {response.status_code}"
        except httpx2.HTTPError as failure:
            error = type(failure).__name__
        ended = self.clock().timestamp()
        return Probed(probe.service, probe.language, began, ended, provider, error)

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()
