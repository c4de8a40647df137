"""Evaluations as background work: asked for over HTTP, done by the worker."""

import asyncio
from functools import partial

from corridor.catalogue import Catalogue
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
    evaluator, catalogue = runtime.service(Evaluator), runtime.service(Catalogue)
    suite = evaluator.suite(suite_name)
    with runtime.store.view() as view:
        provider = catalogue.provider(view, provider_name)
        model = catalogue.models(view).get(provider.model)
        missing = evaluator.missing(view, provider, suite, suite.languages)
    published: list[str] = []
    async for evidence in evaluator.measurements(provider, model, suite, missing):
        with runtime.store.transaction("worker") as tx:
            published.append(evaluator.publish(tx, evidence).id)
    return {"published": published}
