"""Reminders in the background: what is due is told once a day; what waited for evidence is granted.

An event names records by their ids, never people. `corridor access due` shows the same at any time.
"""

import asyncio

import structlog

from corridor.access.records import Grant
from corridor.access.records.grants import Due
from corridor.access.service.grants import Grants
from corridor.core.errors import Unavailable
from corridor.edge.runtime import Runtime

ACTOR = "access"
LOOK_SECONDS = 60.0
"""How often requests are looked at that may have all they need by now."""
TELL_SECONDS = 86_400.0
"""How often what is due is told again."""

log = structlog.get_logger()


async def keep_reminded(
    runtime: Runtime,
    stop: asyncio.Event,
    look_seconds: float = LOOK_SECONDS,
    tell_seconds: float = TELL_SECONDS,
) -> None:
    """Tell what is due, and grant what has all it needs, until told to stop."""
    clock = asyncio.get_running_loop().time
    told: float | None = None
    while not stop.is_set():
        try:
            await asyncio.to_thread(settle, runtime)
            if told is None or clock() - told >= tell_seconds:
                await asyncio.to_thread(tell, runtime)
                told = clock()
        except Unavailable as error:  # the store; it may come back
            log.warning("access.store_unavailable", reason=error.message)
        try:
            async with asyncio.timeout(look_seconds):
                await stop.wait()
        except TimeoutError:
            continue


def settle(runtime: Runtime) -> list[Grant]:
    """Grant what has all it needs by now: evidence that came late, a suspension that is over."""
    grants = runtime.service(Grants)
    with runtime.store.view() as view:
        if not grants.ready(view):
            return []
    with runtime.store.transaction(ACTOR) as tx:
        issued = grants.settle(tx)
    for grant in issued:
        log.info("access.grant.issued", grant=grant.id, tier=grant.tier)
    return issued


def tell(runtime: Runtime) -> list[Due]:
    """Tell what somebody has to look at before long."""
    with runtime.store.view() as view:
        found = runtime.service(Grants).due(view)
    for each in found:
        log.info("access.due", what=each.what, id=each.id, at=each.at.isoformat())
    return found
