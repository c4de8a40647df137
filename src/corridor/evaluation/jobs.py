"""Evaluations as background work: asked for over HTTP, done by the worker.

A long one is done in slices, each a job of its own, so that no lease ends in the middle and other jobs
have their turn.
"""

import asyncio
from dataclasses import replace
from functools import partial

from pydantic import TypeAdapter

from corridor.core.jobs import LEASE_SECONDS, Work
from corridor.edge.runtime import Runtime
from corridor.evaluation.errors import CapReached
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service import Runs, Wanted

WANTED, CAPS = TypeAdapter(Wanted), TypeAdapter(Caps)
SLICE_HOURS = LEASE_SECONDS / 3600 / 2
"""How long one job works at a run."""


def work(runtime: Runtime, slice_hours: float = SLICE_HOURS) -> dict[str, Work]:
    """Return the jobs of evaluation by name."""
    return {"evaluation.run": partial(_run, runtime, slice_hours)}


def _run(runtime: Runtime, slice_hours: float, payload: dict[str, object]) -> dict[str, object]:
    # Done again after a crash, it finds what it was answered and has published; it makes the rest.
    asked = {name: value for name, value in payload.items() if name != "caps"}
    wanted, caps = WANTED.validate_python(asked), CAPS.validate_python(payload.get("caps", {}))
    published: list[str] = []
    try:
        asyncio.run(_evaluated(runtime, wanted, replace(caps, hours=slice_hours), published))
    except CapReached as error:
        if error.facts.get("cap") != "hours":
            raise
        with runtime.store.transaction("worker") as tx:
            rest = tx.enqueue("evaluation.run", payload)
        return {"published": published, "goes_on_as": rest}
    return {"published": published}


async def _evaluated(runtime: Runtime, wanted: Wanted, caps: Caps, published: list[str]) -> None:
    runs = runtime.service(Runs)
    with runtime.store.view() as view:
        plan = runs.plan(view, wanted)
    async for each in runs.carry_out(plan, caps):
        with runtime.store.transaction("worker") as tx:
            runs.publish(tx, plan, each)
        if each.record is not None:
            published.append(each.record.id)
