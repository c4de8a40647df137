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
from corridor.evaluation.adapters import progress
from corridor.evaluation.errors import CapReached
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service import Evaluator, Runs, Wanted
from corridor.evaluation.service.meant import Meant
from corridor.evaluation.service.reading import readings

WANTED, CAPS, MEANT = TypeAdapter(Wanted), TypeAdapter(Caps), TypeAdapter(Meant)
SLICE_HOURS = LEASE_SECONDS / 3600 / 2
"""How long one job works at a run."""


def work(runtime: Runtime, slice_hours: float = SLICE_HOURS) -> dict[str, Work]:
    """Return the jobs of evaluation by name."""
    return {
        "evaluation.run": partial(_run, runtime, slice_hours),
        "evaluation.decide": partial(_decide, runtime, slice_hours),
    }


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


def _decide(runtime: Runtime, slice_hours: float, payload: dict[str, object]) -> dict[str, object]:
    # Only now: it takes in NumPy, which most of what can see this module has no use for.
    from corridor.evaluation.service.deciding import Come, settle
    from corridor.evaluation.service.inquiring import concluded, publish
    from corridor.evaluation.service.questions import asked_of

    runs, name = runtime.service(Runs), str(payload["noted_as"])
    own = {key: value for key, value in payload.items() if key not in ("noted_as", "max_calls")}
    meant = MEANT.validate_python(own)
    notes = runs.folder / "inquiries"

    def told(come: Come) -> None:
        progress.note(notes, name, progress.Progress(come.asked, come.of, come.calls))

    with runtime.store.view() as view:
        known = readings(runtime.service(Evaluator), view, runs.folder / "logs")
        asked = asked_of(runs, view, meant, known)
    began = runs.clock()
    caps = CAPS.validate_python({"calls": payload.get("max_calls"), "hours": slice_hours})
    found = asyncio.run(settle(runs, asked, meant.seed, caps, told))
    with runtime.store.transaction("worker") as tx:
        if found.cap == "hours":
            return {"goes_on_as": tx.enqueue("evaluation.decide", payload)}
        signed = publish(tx, concluded(runs, asked, meant, found, began))
    progress.forget(notes, name)
    return {"decision": signed.id}
