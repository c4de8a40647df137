"""Keep a part of a process going, though it has a defect."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

RESTART_SECONDS = 1.0

log = structlog.get_logger()


async def kept_going(
    name: str, begin: Callable[[], Coroutine[Any, Any, None]], stop: asyncio.Event
) -> None:
    """Run a loop until told to stop; after a defect say so and begin it again.

    Without this one defect would leave a node that answers on what it knew long ago.
    """
    while not stop.is_set():
        try:
            await begin()
        except Exception:
            log.exception("node.background.defect", part=name)
            try:
                await asyncio.wait_for(stop.wait(), RESTART_SECONDS)
            except TimeoutError:
                continue
