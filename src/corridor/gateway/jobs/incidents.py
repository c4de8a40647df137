"""Incidents that guards open by themselves, while the node is served."""

import asyncio

import structlog

from corridor.core.errors import CorridorError
from corridor.edge.runtime import Runtime
from corridor.gateway.service import Incidents

SECONDS = 2.0
"""Between two looks: what a guard blocked is an incident at most so much later than it is in the account."""

log = structlog.get_logger()


async def keep_watching(runtime: Runtime, stop: asyncio.Event, seconds: float = SECONDS) -> None:
    """Open incidents of what guards blocked until told to stop, and then once more."""
    while not stop.is_set():
        await _looked(runtime)
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            continue


def look(runtime: Runtime) -> int:
    """Open what is to be opened, and tell the counts that have grown; return how many were opened.

    Raises:
        PersonalData, Invalid: if an incident cannot be kept as it is.
        Unavailable: if the store cannot be used.
    """
    incidents = runtime.service(Incidents)
    with runtime.store.view() as view:
        if not incidents.is_due(view):
            return 0
    with runtime.store.transaction("gateway") as tx:
        found = incidents.look(tx)
    for each in found:
        log.info("gateway.incident.opened", finding=each.id, guard=each.reported_by)
    return len(found)


async def _looked(runtime: Runtime) -> None:
    try:
        await asyncio.to_thread(look, runtime)
    except CorridorError as error:  # what was blocked is counted, and it is tried again
        log.warning("gateway.incident.failed", reason=error.message)
