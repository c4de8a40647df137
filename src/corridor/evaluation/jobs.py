"""Evaluations as background work: asked for over HTTP, done by the worker."""

import asyncio
from functools import partial

from corridor.core.jobs import Work
from corridor.edge.runtime import Runtime
from corridor.evaluation.service import Evaluator


def work(runtime: Runtime) -> dict[str, Work]:
    """Return the jobs of evaluation by name."""
    return {"evaluation.run": partial(_run, runtime)}


def _run(runtime: Runtime, payload: dict[str, object]) -> dict[str, object]:
    # Done again after a crash, it finds the evidence it has published and makes only the rest.
    return asyncio.run(_evaluated(runtime, str(payload["provider"]), str(payload["suite"])))


async def _evaluated(runtime: Runtime, provider_name: str, suite_name: str) -> dict[str, object]:
    evaluator = runtime.service(Evaluator)
    with runtime.store.view() as view:
        plan = evaluator.plan(view, provider_name, suite_name)
    published: list[str] = []
    async for evidence in evaluator.measurements(plan):
        with runtime.store.transaction("worker") as tx:
            published.append(evaluator.publish(tx, evidence).id)
    return {"published": published}
