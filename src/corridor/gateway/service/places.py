"""The places of `gateway.concurrency`: who has one, who waits for one, and in which order."""

import asyncio
from dataclasses import dataclass, field

from corridor.gateway.errors import Refusal
from corridor.gateway.rules.queues import FairQueue
from corridor.gateway.settings import GatewaySettings

Waiter = asyncio.Future[None]


def overloaded(why: str) -> Refusal:
    """Return the refusal of a request that is turned away so that others are served."""
    return Refusal(why, status=429, code="overloaded", hint="Ask again in 1 s.", retry_after=1)


@dataclass(slots=True)
class Places:
    """Give places to requests, in turn among callers, so that none can starve another."""

    settings: GatewaySettings
    taken: int = 0
    queue: FairQueue[Waiter] = field(default_factory=FairQueue[Waiter])

    @property
    def are_free(self) -> bool:
        """Whether nobody counts them."""
        return self.settings.concurrency is None

    async def take(self, caller: str, weight: int, priority: int) -> bool:
        """Take a place, now or when the turn comes; say whether places are counted.

        Raises:
            Refusal: 429 if too many wait, or this one waited too long.
        """
        most = self.settings.concurrency
        if most is None:
            return False
        if self.taken < most and not self.queue.size:
            self.taken += 1
            return True
        if self.queue.size >= self.settings.queue:
            self._make_room(priority)
        await self._wait(caller, weight, priority)
        return True

    def free(self) -> None:
        """Give a place back; whose turn it is gets it."""
        self.taken -= 1
        most = self.settings.concurrency
        while most is not None and self.taken < most:
            waiter = self.queue.take()
            if waiter is None:
                return
            if not waiter.done():
                self.taken += 1
                waiter.set_result(None)

    async def _wait(self, caller: str, weight: int, priority: int) -> None:
        loop = asyncio.get_running_loop()
        waiter: Waiter = loop.create_future()
        self.queue.put(caller, weight, priority, waiter)
        late = overloaded("All places are taken, and this request waited too long for one.")
        giving_up = loop.call_later(self.settings.queue_seconds, _refuse, waiter, late)
        try:
            await waiter
        except BaseException:
            has_place = waiter.done() and not waiter.cancelled() and waiter.exception() is None
            if has_place:  # it was given one in the moment in which the caller left
                self.free()
            else:
                self.queue.remove(caller, waiter)
            raise
        finally:
            giving_up.cancel()

    def _make_room(self, priority: int) -> None:
        """Turn away whoever is least important: one that waits, or the one that comes."""
        least = self.queue.least()
        if least is None or least[0] >= priority:
            raise overloaded("Too many requests wait already.")
        _, caller, waiter = least
        self.queue.remove(caller, waiter)
        _refuse(waiter, overloaded("Too many requests wait, and more important ones come."))


def _refuse(waiter: Waiter, refusal: Refusal) -> None:
    if not waiter.done():
        waiter.set_exception(refusal)
