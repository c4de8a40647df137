"""Runs over HTTP: begun for the worker, looked at while they go on, and ended."""

import secrets
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from corridor.core.errors import Conflict, NotFound
from corridor.core.jobs import Job, JobState, job_by_id
from corridor.core.records import Visibility
from corridor.core.store import View
from corridor.edge.http import LimitedRoute, Reading, Tx, check_operator, service
from corridor.evaluation.adapters import progress
from corridor.evaluation.adapters.datasets.registry import listing_of
from corridor.evaluation.records import Style
from corridor.evaluation.service import Runs
from corridor.evaluation.service.plans import SHOTS

router = APIRouter(route_class=LimitedRoute, prefix="/evaluation", tags=["evaluation"])
Ran = Annotated[Runs, service(Runs)]
OVER = ("done", "failed")
"""States of a job that nobody goes on with."""


class Limits(BaseModel):
    """What a run may use."""

    model_config = ConfigDict(extra="forbid")

    calls: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)
    cost: float | None = Field(default=None, ge=0)
    """Of the currency of the provider's price, in whole units."""
    hours: float | None = Field(default=None, ge=0)
    """Of the worker's time; it does other jobs in between."""


class Run(BaseModel):
    """What to evaluate: exactly one of `provider` and `model`."""

    model_config = ConfigDict(extra="forbid")

    provider: str = ""
    """A provider of the catalogue."""
    model: str = ""
    """A model of the catalogue, whose file is opened on the node."""
    suite: str = "parallel-facts"
    languages: tuple[str, ...] = ()
    """Tags, or short names such as hi; none: all of the suite."""
    purpose: Literal["research", "commercial"] = "research"
    """The data's licence must allow it."""
    style: Style | None = None
    """How to ask, not by the rule."""
    shots: int = Field(default=SHOTS, ge=0)
    """Most examples before an item."""
    answer_tokens: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=0.0, ge=0)
    repeats: int = Field(default=1, ge=1)
    seed: int | None = None
    again: bool = False
    """Even where such evidence is there."""
    log_visibility: Visibility = "internal"
    """Who may have the full log."""
    caps: Limits = Limits()

    @model_validator(mode="after")
    def _check_whom(self) -> Self:
        if bool(self.provider) == bool(self.model):
            raise ValueError("name a provider, or a model whose file is here: one of them")
        return self


class Queued(BaseModel):
    """A job to ask after at /evaluation/runs/{job}, or at /jobs/{job}."""

    job: str


class Running(BaseModel):
    """How far a run has come."""

    state: JobState
    """Of the job that goes on with it."""
    ending: bool
    """Whether it is to be ended, or was."""
    language: str
    """The one that is measured now, or was at last."""
    done: int
    """Items, over all languages."""
    of: int
    """0 where that is not known yet."""
    right: int
    """Of this language, so far."""
    calls: int
    tokens: int
    cost: str
    seconds: float
    """That the worker has spent on it."""
    seconds_left: float | None
    error: str | None
    """Why it ended, or was put off."""
    published: list[str]
    """The records that came of it so far."""


@router.post("/runs", status_code=202)
def run(wanted: Run, tx: Tx, runs: Ran) -> Queued:
    """Evaluate a provider, or a model whose file is here, in the background."""
    listing_of(wanted.suite)
    if wanted.model:
        runs.catalogue.model(tx, wanted.model)
    else:
        runs.catalogue.provider(tx, wanted.provider)
    payload: dict[str, object] = {**wanted.model_dump(), "noted_as": secrets.token_hex(16)}
    return Queued(job=tx.enqueue("evaluation.run", payload))


@router.get("/runs/{job}", dependencies=[Depends(check_operator)])
def running(job: str, view: Reading, runs: Ran) -> Running:
    """Show how far a run has come: items, calls, tokens, cost, time left, records."""
    last = _last(view, job)
    folder, name = runs.folder / "followed", str(last.payload.get("noted_as", ""))
    come = progress.noted(folder, name, progress.RunProgress)
    return Running(
        state=last.state,
        ending=progress.is_ending(folder, name),
        language=come.language,
        done=come.done,
        of=come.of,
        right=come.right,
        calls=come.calls,
        tokens=come.tokens,
        cost=come.cost,
        seconds=come.seconds,
        seconds_left=None if last.state in OVER else come.seconds_left,
        error=last.error,
        published=list(come.published),
    )


@router.post("/runs/{job}/end", status_code=202)
def end(job: str, tx: Tx, runs: Ran) -> None:
    """End a run after the item that it is at; what was answered is kept, and its records stay."""
    last = _last(tx, job)
    if last.state in OVER:
        raise Conflict("The run is over.", hint="Its records stay; one can be withdrawn.")
    tx.audit("evaluation.run.end", job)
    progress.end(runs.folder / "followed", str(last.payload.get("noted_as", "")))


def _last(view: View, job: str) -> Job:
    """Return the job that goes on with a run.

    Raises:
        NotFound: if there is no such job, or it is no run.
    """
    found = job_by_id(view, job)
    while found.result is not None and (rest := found.result.get("goes_on_as")) is not None:
        found = job_by_id(view, str(rest))
    if found.name != "evaluation.run":
        raise NotFound(f"The job {job!r} is no run.")
    return found
