"""A pass-through with no features, the limit of the runtime: `python -m benchmarks.load.bare PORT UPSTREAM`.

It has the server and the client that the gateway has, reads a request and passes it on, and passes
the answer back as it comes: no key, no check, no account.
"""

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvicorn
import yarl

from benchmarks.load.living import ends_with_input, ready

HOST = "127.0.0.1"
PATH = "/v1/chat/completions"
Message = Mapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


@dataclass(slots=True)
class Bare:
    """The whole of it."""

    address: yarl.URL
    sessions: list[aiohttp.ClientSession] = field(default_factory=list[aiohttp.ClientSession])
    """One, made by the first request: it belongs to the running loop."""

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send
    ) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = bool(message.get("more_body"))
        if not self.sessions:
            self.sessions.append(self._opened())
        await self._passed(self.sessions[0], body, send)

    def _opened(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def _passed(self, session: aiohttp.ClientSession, body: bytes, send: Send) -> None:
        headers = {"content-type": "application/json", "authorization": "Bearer upstream"}
        async with session.post(self.address, data=body, headers=headers) as answer:
            kind = answer.headers["content-type"].encode()
            head = {"type": "http.response.start", "status": answer.status}
            if answer.content_length is None:
                await send({**head, "headers": [(b"content-type", kind)]})
                async for chunk in answer.content.iter_any():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
                return
            whole = await answer.read()
            length = str(len(whole)).encode()
            named = [(b"content-type", kind), (b"content-length", length)]
            await send({**head, "headers": named})
            await send({"type": "http.response.body", "body": whole})


class Served(uvicorn.Server):
    """A server that says when it answers."""

    async def startup(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  as its parent has it
        """Listen, and say so."""
        await super().startup(*args, **named)
        ready()


def main(port: int, upstream: str) -> None:
    """Serve until the end of the input."""
    config = uvicorn.Config(
        Bare(yarl.URL(upstream + PATH)),  # pyright: ignore[reportArgumentType]
        host=HOST,
        port=port,
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
    Served(config).run()


if __name__ == "__main__":
    ends_with_input()
    main(int(sys.argv[1]), sys.argv[2])
