"""Workers in threads of this process: a small twin of a cluster.

What goes to a worker and what comes back is written out and read again, as on a way between machines.
"""

import asyncio
import pickle
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from corridor.evaluation.adapters.workers import Handing, Outcome, Whereabouts, Worker
from corridor.evaluation.errors import NoAnswer
from corridor.evaluation.ports import Answerer, Opening, Prompt

T = TypeVar("T")


class ThreadHand:
    """A worker in a thread with an event loop of its own."""

    def __init__(self, carried: list[bytes]) -> None:
        self.worker = Worker()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.carried = carried
        self.asked = 0
        self.lost_at: int | None = None
        """The number of the prompt, from 1, with which this worker is lost and made anew."""

    async def answer(self, opening: Opening, prompt: Prompt) -> Outcome:
        self.asked += 1
        sent = pickle.dumps((opening, prompt))
        self.carried.append(sent)
        back = await self._there(self._answered(sent))
        if self.asked == self.lost_at:
            raise NoAnswer("The worker that asked was lost.")
        self.carried.append(back)
        return pickle.loads(back)  # noqa: S301  written above

    async def close(self) -> None:
        await self._there(self.worker.close())

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
        self.loop.close()

    async def _answered(self, sent: bytes) -> bytes:
        return pickle.dumps(await self.worker.answer(*pickle.loads(sent)))  # noqa: S301  as above

    async def _there(self, work: Coroutine[object, object, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))


@dataclass
class ThreadWorkers:
    """Some of them."""

    hands: list[ThreadHand]
    carried: list[bytes] = field(default_factory=list[bytes])
    """All that went to workers and came back."""

    @property
    def count(self) -> int:
        return len(self.hands)

    @property
    def where(self) -> str:
        return str(Whereabouts("threads", ["here"] * self.count))

    def answering(self, opening: Opening, each: int) -> Answerer:
        return Handing(self.hands, opening, each)


@contextmanager
def thread_workers(count: int) -> Generator[ThreadWorkers]:
    """Have workers for the length of a block."""
    carried: list[bytes] = []
    workers = ThreadWorkers([ThreadHand(carried) for _ in range(count)], carried)
    try:
        yield workers
    finally:
        for hand in workers.hands:
            hand.end()
