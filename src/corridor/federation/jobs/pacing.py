"""How a background loop waits and ends: at once when told to, and never in the middle of a write."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


class Stopped(Exception):
    """The program ends; whatever was asked of another node is dropped."""


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Do some work, or drop it as soon as told to stop; for requests, not for transactions.

    Raises:
        Stopped: if it was dropped.
    """
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise Stopped
        return doing.result()
    finally:
        for task in (doing, stopping):
            task.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
