"""What a node does by itself while it is served, kept going though a part of it has a defect."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from corridor.access import Account, Decider
from corridor.access.jobs import Accountant, keep_leases, keep_reminded, keep_tool_calls
from corridor.app import worker
from corridor.app.keeping import kept_going
from corridor.assurance.jobs import keep_disclosed
from corridor.catalogue import Catalogue
from corridor.drills.jobs import keep_ended, keep_parts, keep_restored, keep_scheduled
from corridor.drills.jobs import keep_reminded as keep_reminded_of_drills
from corridor.edge.runtime import Runtime
from corridor.evaluation.jobs import keep_journals_short
from corridor.federation.jobs import first_look, keep_recovering, keep_synced, keep_witnessed
from corridor.gateway import Gateway, Limits, Proxy
from corridor.gateway.jobs import (
    Follower,
    LimitKeeper,
    keep_expired,
    keep_pruned,
    keep_retained,
    keep_watching,
)

WORKER_SECONDS = 2.0


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
        tasks.create_task(kept_going("incidents", lambda: keep_watching(runtime, stop), stop))
        tasks.create_task(kept_going("federation", lambda: keep_synced(runtime, stop), stop))
        tasks.create_task(kept_going("witness", lambda: keep_witnessed(runtime, stop), stop))
        tasks.create_task(kept_going("recovery", lambda: keep_recovering(runtime, stop), stop))
        tasks.create_task(kept_going("leases", lambda: keep_leases(runtime, stop), stop))
        tasks.create_task(kept_going("tool calls", lambda: keep_tool_calls(runtime, stop), stop))
        tasks.create_task(kept_going("reminders", lambda: keep_reminded(runtime, stop), stop))
        tasks.create_task(kept_going("embargoes", lambda: keep_disclosed(runtime, stop), stop))
        tasks.create_task(kept_going("drills", lambda: keep_ended(runtime, stop), stop))
        tasks.create_task(kept_going("held drills", lambda: keep_restored(runtime, stop), stop))
        tasks.create_task(kept_going("parts of drills", lambda: keep_parts(runtime, stop), stop))
        tasks.create_task(kept_going("schedules", lambda: keep_scheduled(runtime, stop), stop))
        tasks.create_task(
            kept_going("drill reminders", lambda: keep_reminded_of_drills(runtime, stop), stop)
        )
        tasks.create_task(kept_going("journals", lambda: keep_journals_short(runtime, stop), stop))
        try:
            yield
        finally:
            stop.set()
            stop_worker.set()
    await asyncio.to_thread(doing_jobs.join, WORKER_SECONDS)
    if (tracer := runtime.service(Proxy).tracer) is not None:
        await asyncio.to_thread(tracer.close)
