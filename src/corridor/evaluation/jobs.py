"""Evaluations as background work: asked for over HTTP, done by the worker.

A long one is done in slices, each a job of its own, so that no lease ends in the middle and other jobs
have their turn.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from corridor.core.jobs import LEASE_SECONDS, Work
from corridor.edge.runtime import Runtime
from corridor.evaluation.adapters import progress
from corridor.evaluation.errors import CapReached, RunEnded
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.service import Evaluator, Runs, Wanted
from corridor.evaluation.service.asking import Come
from corridor.evaluation.service.meant import Meant
from corridor.evaluation.service.plans import Plan
from corridor.evaluation.service.reading import readings
from corridor.federation import pause

WANTED, CAPS, MEANT = TypeAdapter(Wanted), TypeAdapter(Caps), TypeAdapter(Meant)
SLICE_HOURS = LEASE_SECONDS / 3600 / 2
"""How long one job works at a run."""
HOUR = 3600.0


async def keep_journals_short(runtime: Runtime, stop: asyncio.Event, seconds: float = HOUR) -> None:
    """Delete journals that nobody goes on with, until told to stop."""
    while not stop.is_set():
        await asyncio.to_thread(runtime.service(Runs).forget_old_journals)
        await pause(stop, seconds)


def work(runtime: Runtime, slice_hours: float = SLICE_HOURS) -> dict[str, Work]:
    """Return the jobs of evaluation by name."""
    return {
        "evaluation.run": partial(_run, runtime, slice_hours),
        "evaluation.decide": partial(_decide, runtime, slice_hours),
    }


def _run(runtime: Runtime, slice_hours: float, payload: dict[str, object]) -> dict[str, object]:
    # Done again after a crash, it finds what it was answered and has published; it makes the rest.
    asked = {name: value for name, value in payload.items() if name not in ("caps", "noted_as")}
    wanted, caps = WANTED.validate_python(asked), CAPS.validate_python(payload.get("caps", {}))
    runs = runtime.service(Runs)
    with runtime.store.view() as view:
        plan = runs.plan(view, wanted)
    following = Following.of(runs, plan, str(payload.get("noted_as", "")))
    left = None if caps.hours is None else caps.hours - following.before / 3600
    last = left is not None and left <= slice_hours
    now = replace(caps, hours=max(left or 0.0, 0.0) if last else slice_hours)
    published: list[str] = []
    try:
        asyncio.run(_evaluated(runtime, plan, now, following, published))
    except CapReached as error:
        if error.facts.get("cap") != "hours" or last:
            raise
        with runtime.store.transaction("worker") as tx:
            rest = tx.enqueue("evaluation.run", payload)
        return {"published": published, "goes_on_as": rest}
    finally:
        following.leave()
    return {"published": published}


async def _evaluated(
    runtime: Runtime, plan: Plan, caps: Caps, following: "Following", published: list[str]
) -> None:
    runs = runtime.service(Runs)
    following.check()
    async for each in runs.carry_out(plan, caps, following.told):
        with runtime.store.transaction("worker") as tx:
            runs.publish(tx, plan, each)
        if each.record is not None:
            published.append(each.record.id)
            following.published(each.record.id)


@dataclass(slots=True)
class Following:
    """Note how far a run has come, and end it between two items if that was asked for."""

    folder: Path
    name: str
    """Of its notes; empty: nobody follows it."""
    plan: Plan
    come: progress.RunProgress
    before: float
    """Seconds that earlier slices took."""
    began: float
    """By a clock that does not jump."""
    done: dict[str, int]
    """Items by language."""
    first: int | None = None
    """Items that were there when this process began."""

    @classmethod
    def of(cls, runs: Runs, plan: Plan, name: str) -> "Following":
        """Begin to follow a run, or go on with it."""
        folder = runs.folder / "followed"
        come = progress.noted(folder, name, progress.RunProgress)
        there = {tag: plan.items(tag) for tag in plan.languages if tag not in plan.todo}
        return cls(folder, name, plan, come, come.seconds, time.monotonic(), there)

    def told(self, come: Come) -> None:
        """Note it.

        Raises:
            RunEnded: if the run is to be ended.
        """
        self.done[come.language] = come.done
        done, of = sum(self.done.values()), sum(map(self.plan.items, self.plan.languages))
        self.first = done - 1 if self.first is None else self.first
        seconds, spent = time.monotonic() - self.began, come.spent
        self._note(
            language=come.language,
            done=done,
            of=of,
            right=come.right,
            calls=spent.calls,
            tokens=spent.tokens_in + spent.tokens_out,
            cost=spent.money,
            seconds=self.before + seconds,
            seconds_left=seconds / (done - self.first) * (of - done),
        )
        self.check()

    def leave(self) -> None:
        """Note the time that was spent, items or not."""
        self._note(seconds=self.before + time.monotonic() - self.began)

    def published(self, record: str) -> None:
        """Note a record that came of it."""
        self._note(published=(*self.come.published, record))

    def check(self) -> None:
        """Go on, unless the run is to be ended.

        Raises:
            RunEnded: if it is.
        """
        if self.name and progress.is_ending(self.folder, self.name):
            raise RunEnded("The run was ended, as somebody asked.")

    def _note(self, **come: object) -> None:
        self.come = replace(self.come, **come)  # type: ignore[arg-type]
        if self.name:
            progress.note(self.folder, self.name, self.come)


def _decide(runtime: Runtime, slice_hours: float, payload: dict[str, object]) -> dict[str, object]:
    # Only now: it takes in NumPy, which most of what can see this module has no use for.
    from corridor.evaluation.service import deciding
    from corridor.evaluation.service.inquiring import concluded, publish
    from corridor.evaluation.service.questions import asked_of

    runs, name = runtime.service(Runs), str(payload["noted_as"])
    own = {key: value for key, value in payload.items() if key not in ("noted_as", "max_calls")}
    meant = MEANT.validate_python(own)
    notes = runs.folder / "inquiries"

    def told(come: deciding.Come) -> None:
        progress.note(notes, name, progress.Progress(come.asked, come.of, come.calls))

    with runtime.store.view() as view:
        known = readings(runtime.service(Evaluator), view, runs.folder / "logs")
        asked = asked_of(runs, view, meant, known)
    began = runs.clock()
    caps = CAPS.validate_python({"calls": payload.get("max_calls"), "hours": slice_hours})
    found = asyncio.run(deciding.settle(runs, asked, meant.seed, caps, told))
    with runtime.store.transaction("worker") as tx:
        if found.cap == "hours":
            return {"goes_on_as": tx.enqueue("evaluation.decide", payload)}
        signed = publish(tx, concluded(runs, asked, meant, found, began))
    progress.forget(notes, name)
    return {"decision": signed.id}
