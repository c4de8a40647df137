"""Writing what is retained, and deleting it when it has expired."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from corridor.core.errors import CorridorError
from corridor.edge.runtime import Runtime
from corridor.gateway.service import Retaining

WRITE_SECONDS = 0.2
EXPIRE_SECONDS = 60.0

log = structlog.get_logger()


async def keep_retained(runtime: Runtime, stop: asyncio.Event) -> None:
    """Write what is to be kept until told to stop, and then what is left."""
    while not stop.is_set():
        await _waited(stop, WRITE_SECONDS)
        await _tried(lambda: _write(runtime))


async def keep_expired(runtime: Runtime, stop: asyncio.Event) -> None:
    """Delete what has expired, and the keys of days that are over, until told to stop."""
    while not stop.is_set():
        await _tried(lambda: asyncio.to_thread(expire, runtime))
        await _waited(stop, EXPIRE_SECONDS)


def expire(runtime: Runtime) -> None:
    """Delete what has expired, and the keys of days that are over.

    Raises:
        Unavailable: if the store or the file of the keys cannot be used.
    """
    retaining = runtime.service(Retaining)
    with runtime.store.view() as view:
        due = retaining.has_expired(view)
    if due:
        with runtime.store.transaction("gateway") as tx:
            count = retaining.expire(tx)
        log.info("gateway.retention.expired", bodies=count)
    if retaining.forget_keys():
        log.info("gateway.retention.keys_forgotten")


async def _write(runtime: Runtime) -> None:
    retaining = runtime.service(Retaining)
    count = retaining.waiting

    def write() -> None:
        with runtime.store.transaction("gateway") as tx:
            retaining.write(tx, count)

    if count:
        await asyncio.to_thread(write)
        retaining.written(count)


async def _tried(step: Callable[[], Awaitable[None]]) -> None:
    try:
        await step()
    except CorridorError as error:  # it waits, and is tried again
        log.warning("gateway.retention.failed", reason=error.message)


async def _waited(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
