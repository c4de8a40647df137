"""What a node does by itself while it is served, kept going though a part of it has a defect."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog

from corridor.access import Account, Decider
from corridor.access.jobs import Accountant, keep_leases, keep_tool_calls
from corridor.app import worker
from corridor.app.keeping import kept_going
from corridor.app.taking_in import taken_in
from corridor.app.wanted import Later, Waiting
from corridor.catalogue import Catalogue
from corridor.core.errors import Unavailable
from corridor.drills.jobs import keep_reminded, keep_restored
from corridor.edge.runtime import Runtime
from corridor.gateway import Gateway, Limits, Proxy
from corridor.gateway.jobs import Follower, LimitKeeper, keep_expired, keep_pruned, keep_retained

FIRST_LOOK = "corridor.federation.jobs:first_look"
WORKER_SECONDS = 2.0
LOOK_SECONDS = 0.5
"""How often it is looked whether a part is wanted that was not before."""

log = structlog.get_logger()


@asynccontextmanager
async def at_work(runtime: Runtime) -> AsyncGenerator[None]:
    """Follow the log, exchange records with partners, and do jobs while the block runs.

    The gateway's first snapshot is there before the block begins.
    """
    stop, stop_worker = asyncio.Event(), threading.Event()
    follower = Follower(
        runtime.store,
        runtime.service(Gateway),
        runtime.service(Catalogue),
        runtime.service(Proxy),
    )
    await follower.follow()
    waiting = Waiting(runtime)
    wanted = await asyncio.to_thread(waiting.look)
    if any(each.name == "recovery" for each in wanted):
        first_look = await asyncio.to_thread(taken_in, FIRST_LOOK)
        await first_look(runtime)
    own = runtime.service(Decider).settings
    accountant = Accountant(runtime.store, runtime.service(Account), own)
    doing_jobs = threading.Thread(target=worker.run, args=(runtime, stop_worker), daemon=True)
    doing_jobs.start()
    async with accountant.at_work(), asyncio.TaskGroup() as tasks:
        runtime.service(Proxy).admission.recorder = accountant
        tasks.create_task(kept_going("gateway", lambda: follower.run(stop), stop))
        keeper = LimitKeeper(runtime.store, runtime.service(Limits))
        tasks.create_task(kept_going("limits", lambda: keeper.run(stop), stop))
        tasks.create_task(kept_going("retention", lambda: keep_retained(runtime, stop), stop))
        tasks.create_task(kept_going("expiry", lambda: keep_expired(runtime, stop), stop))
        tasks.create_task(kept_going("pruning", lambda: keep_pruned(runtime, stop), stop))
        tasks.create_task(kept_going("leases", lambda: keep_leases(runtime, stop), stop))
        tasks.create_task(kept_going("tool calls", lambda: keep_tool_calls(runtime, stop), stop))
        tasks.create_task(kept_going("held drills", lambda: keep_restored(runtime, stop), stop))
        tasks.create_task(kept_going("drill reminders", lambda: keep_reminded(runtime, stop), stop))
        begun = partial(_begin_later, runtime, wanted, waiting, stop, tasks)
        tasks.create_task(kept_going("later", begun, stop))
        try:
            yield
        finally:
            stop.set()
            stop_worker.set()
    await asyncio.to_thread(doing_jobs.join, WORKER_SECONDS)
    if (tracer := runtime.service(Proxy).tracer) is not None:
        await asyncio.to_thread(tracer.close)


async def _begin_later(
    runtime: Runtime,
    wanted: list[Later],
    waiting: Waiting,
    stop: asyncio.Event,
    tasks: asyncio.TaskGroup,
) -> None:
    """Begin what is wanted, and what comes to be wanted, until told to stop."""
    while not stop.is_set():
        while wanted:
            part = wanted.pop()
            begin = partial(_taken_in, part, runtime, stop)
            tasks.create_task(kept_going(part.name, begin, stop))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        try:
            wanted += await asyncio.to_thread(waiting.look)
        except Unavailable as error:  # the store; it may come back
            log.warning("node.background.not_looked", reason=error.message)


async def _taken_in(part: Later, runtime: Runtime, stop: asyncio.Event) -> None:
    """Run a part, taken in beside what is under way."""
    loop = await asyncio.to_thread(taken_in, part.place)
    await loop(runtime, stop)
