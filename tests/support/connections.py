"""Ways to a provider that exist in memory only, for what no server can be made to do."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from corridor.catalogue import Answer, Call


@dataclass
class FakeConnection:
    """A provider that waits for `goes_on`, then answers; and that lets go only at `lets_go`."""

    status: int = 200
    body: bytes = b'{"choices":[{}]}'
    defect: Exception | None = None
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    lets_go: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[Call] = field(default_factory=list[Call])
    leaving: int = 0
    warmed: int = 0
    closed: int = 0

    def serves(self, path: str) -> bool:
        return bool(path)

    @asynccontextmanager
    async def send(self, call: Call) -> AsyncGenerator[Answer]:
        self.calls.append(call)
        try:
            await self.goes_on.wait()
            if self.defect is not None:
                raise self.defect
            yield Answer(self.status, "application/json", self._once())
        finally:
            self.leaving += 1
            await self.lets_go.wait()

    def warm(self) -> None:
        self.warmed += 1

    async def close(self) -> None:
        self.closed += 1

    async def _once(self) -> AsyncIterator[bytes]:
        yield self.body


class Discarding(asyncio.Transport):
    """Takes in all that is written."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Do nothing."""

    def is_closing(self) -> bool:
        """Tell that it is open."""
        return False

    def close(self) -> None:
        """Do nothing."""
