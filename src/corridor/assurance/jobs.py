"""Embargoes end by themselves: what is over is made public, whether or not anybody asks."""

import asyncio

from corridor.assurance.service import Findings
from corridor.edge.runtime import Runtime
from corridor.federation import pause

SECONDS = 30.0
"""Between two looks: an embargo ends at most so late, on a node that is served."""


async def keep_disclosed(runtime: Runtime, stop: asyncio.Event, seconds: float = SECONDS) -> None:
    """Publish findings whose embargo is over, until told to stop."""
    while not stop.is_set():
        await asyncio.to_thread(publish_due, runtime)
        await pause(stop, seconds)


def publish_due(runtime: Runtime) -> int:
    """Publish findings whose embargo is over; return how many."""
    findings = runtime.service(Findings)
    with runtime.store.view() as view:
        if not findings.are_due(view):
            return 0
    with runtime.store.transaction("embargoes") as tx:
        return len(findings.publish_due(tx))
