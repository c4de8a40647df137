"""Evaluations as background work: asked for over HTTP, done by the worker."""

import asyncio
from functools import partial

from pydantic import TypeAdapter

from corridor.core.jobs import Work
from corridor.edge.runtime import Runtime
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service import Runs, Wanted

WANTED, CAPS = TypeAdapter(Wanted), TypeAdapter(Caps)


def work(runtime: Runtime) -> dict[str, Work]:
    """Return the jobs of evaluation by name."""
    return {"evaluation.run": partial(_run, runtime)}


def _run(runtime: Runtime, payload: dict[str, object]) -> dict[str, object]:
    # Done again after a crash, it finds what it was answered and has published; it makes the rest.
    wanted, caps = wanted_in(payload)
    return asyncio.run(_evaluated(runtime, wanted, caps))


def wanted_in(payload: dict[str, object]) -> tuple[Wanted, Caps]:
    """Read what a job is to measure, and what it may use."""
    asked = {name: value for name, value in payload.items() if name != "caps"}
    return WANTED.validate_python(asked), CAPS.validate_python(payload.get("caps", {}))


async def _evaluated(runtime: Runtime, wanted: Wanted, caps: Caps) -> dict[str, object]:
    runs = runtime.service(Runs)
    with runtime.store.view() as view:
        plan = runs.plan(view, wanted)
    published: list[str] = []
    async for each in runs.carry_out(plan, caps):
        with runtime.store.transaction("worker") as tx:
            runs.publish(tx, plan, each)
        if each.record is not None:
            published.append(each.record.id)
    return {"published": published}
