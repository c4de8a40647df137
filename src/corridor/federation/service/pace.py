"""How fast something may go on."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """So many units a second since a moment of the event loop's clock; nothing is saved up."""

    per_second: float
    since: float

    async def keep(self, amount: float) -> None:
        """Wait until so much may have passed since the beginning."""
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self.since + amount / self.per_second - now))
