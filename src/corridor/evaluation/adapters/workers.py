"""Many workers that ask one model: what each of them does, and how prompts are handed to them.

How workers are started, and how prompts get there, is for whoever starts them (`adapters.ray`). What goes
wrong in a worker comes back as a value and is raised here, so that a run treats it as its own.
"""

import asyncio
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corridor import __version__
from corridor.core.errors import CorridorError
from corridor.evaluation.ports import Answered, Answerer, Opening, Prompt

Outcome = Answered | CorridorError


class Worker:
    """Asks models, in the process and the event loop it is made in."""

    def __init__(self) -> None:
        self.opening: Opening | None = None
        self.answerer: Answerer | None = None

    async def hello(self) -> tuple[str, str]:
        """Return which Corridor this is, and on what it runs."""
        return __version__, machine()

    async def answer(self, opening: Opening, prompt: Prompt) -> Outcome:
        """Return what the model says, or why it says nothing. It is opened when it is first asked."""
        try:
            if self.answerer is None or self.opening != opening:
                await self.close()
                self.opening, self.answerer = opening, opening()
            return await self.answerer.answer(prompt)
        except CorridorError as error:
            return error

    async def close(self) -> None:
        """Let go of the model."""
        answerer, self.answerer = self.answerer, None
        if answerer is not None:
            await answerer.close()


class Hand(Protocol):
    """A worker, as it is reached from here."""

    async def answer(self, opening: Opening, prompt: Prompt) -> Outcome:
        """Return what `Worker.answer` returns there.

        Raises:
            NoAnswer: if the worker is lost.
        """
        ...

    async def close(self) -> None:
        """Let the worker let go of its model."""
        ...


class Handing:
    """Give each prompt to a worker that has room for it."""

    def __init__(self, hands: Sequence[Hand], opening: Opening, each: int) -> None:
        self.hands = hands
        self.opening = opening
        self.free: asyncio.Queue[Hand] = asyncio.Queue()
        for hand in [*hands] * each:
            self.free.put_nowait(hand)

    async def answer(self, prompt: Prompt) -> Answered:
        """Return what the model says; whichever worker asked it.

        Raises:
            NoAnswer: if there is none, or the worker was lost.
            CorridorError: what else a worker's way to the model raised.
        """
        hand = await self.free.get()
        try:
            found = await hand.answer(self.opening, prompt)
        finally:
            self.free.put_nowait(hand)
        if isinstance(found, CorridorError):
            raise found
        return found

    async def close(self) -> None:
        """Let all workers let go of the model."""
        await asyncio.gather(*(hand.close() for hand in self.hands))


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What workers said when they were greeted."""

    engine: str
    """What holds them together."""
    machines: Sequence[str]

    def __str__(self) -> str:
        kinds = "; ".join(dict.fromkeys(self.machines))
        return f"{self.engine}, {len(self.machines)} workers on {kinds}"[:400]


def machine() -> str:
    """Return what kind of machine this is."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}"
    )
