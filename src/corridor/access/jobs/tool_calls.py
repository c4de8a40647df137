"""Tool calls in the background: what nobody answered in time is denied, and forgotten."""

import asyncio

import structlog

from corridor.access.service.tool_calls import ToolCalls
from corridor.core.errors import Unavailable
from corridor.edge.runtime import Runtime
from corridor.federation import pause

ACTOR = "access"
LOOK_SECONDS = 10.0

log = structlog.get_logger()


async def keep_tool_calls(
    runtime: Runtime, stop: asyncio.Event, look_seconds: float = LOOK_SECONDS
) -> None:
    """Deny what nobody answered in time, until told to stop."""
    while not stop.is_set():
        try:
            closed = await asyncio.to_thread(close_overdue, runtime)
        except Unavailable as error:  # the store; it may come back
            log.warning("access.store_unavailable", reason=error.message)
        else:
            if closed:
                log.info("access.tool_calls.closed", calls=closed)
        await pause(stop, look_seconds)


def close_overdue(runtime: Runtime) -> int:
    """Deny what nobody answered in time; return how many calls that were."""
    calls = runtime.service(ToolCalls)
    with runtime.store.view() as view:
        if not calls.any_overdue(view):
            return 0
    with runtime.store.transaction(ACTOR) as tx:
        return calls.settle_overdue(tx)
