"""Questions about models over HTTP: asked by the worker, looked at while they go on, and when they are settled."""

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from corridor.core.errors import NotFound
from corridor.core.jobs import Job, JobState, job_by_id
from corridor.core.records import Entry
from corridor.core.store import View
from corridor.edge.http import LimitedRoute, Reading, Tx, check_operator, service
from corridor.evaluation.adapters.datasets.registry import listing_of
from corridor.evaluation.adapters.progress import Progress, noted
from corridor.evaluation.records import Inquiry
from corridor.evaluation.service import Runs
from corridor.evaluation.service.meant import Meant

router = APIRouter(route_class=LimitedRoute, prefix="/evaluation", tags=["evaluation"])
Ran = Annotated[Runs, service(Runs)]


class Asking(BaseModel):
    """One question: exactly one of `gap_under`, `better_than` and `at_least`."""

    model_config = ConfigDict(extra="forbid")

    language: str
    """A tag, or a short name such as hi."""
    provider: str = ""
    """A provider of the catalogue; or, with `model`, none."""
    model: str = ""
    """A model of the catalogue, whose file is opened on the node."""
    suite: str = "parallel-facts"
    gap_under: float | None = Field(default=None, ge=0, le=1)
    """Is the language behind `against` by less than this?"""
    against: str = "en"
    better_than: str = ""
    """Is it better than this provider, or where `model` is named, than this model?"""
    at_least: float | None = Field(default=None, ge=0, le=1)
    """Is its score at least this?"""
    error: float = Field(default=0.05, ge=0.001, le=0.5)
    """How often the answer may be wrong."""
    style: Literal["chat", "completions", "likelihood"] | None = None
    seed: int = 0
    """Of the order in which items are asked."""
    max_calls: int | None = Field(default=None, ge=1)


class Begun(BaseModel):
    """Where to ask after it: /evaluation/decisions/{job}."""

    job: str


class Settling(BaseModel):
    """How far a question has come."""

    state: JobState
    asked: int
    of: int
    """Items of the suite; 0 where that is not known yet."""
    calls: int
    error: str | None
    decision: Inquiry | None
    """Signed, once it is settled or stopped."""


class Decision(BaseModel):
    """What came of a question, with where it lies in whose log."""

    entry: Entry
    decision: Inquiry


@router.get("/decisions")
def decisions(view: Reading) -> list[Decision]:
    """List the questions that were asked and what came of them, where that is public."""
    return [
        Decision(entry=kept.entry, decision=kept.record)
        for kept in view.every(Inquiry)
        if kept.record.visibility == "public"
    ]


@router.post("/decisions", status_code=202)
def decide(asking: Asking, tx: Tx, runs: Ran) -> Begun:
    """Settle one question in the background, with as few calls as it takes."""
    meant = Meant(**asking.model_dump(exclude={"max_calls"}))
    meant.check()
    listing_of(meant.suite)
    others = (meant.whom, meant.better_than) if meant.better_than else (meant.whom,)
    for name in others:
        if meant.model:
            runs.catalogue.model(tx, name)
        else:
            runs.catalogue.provider(tx, name)
    payload: dict[str, object] = {**asking.model_dump(), "noted_as": secrets.token_hex(16)}
    return Begun(job=tx.enqueue("evaluation.decide", payload))


@router.get("/decisions/{job}", dependencies=[Depends(check_operator)])
def decision(job: str, view: Reading, runs: Ran) -> Settling:
    """Show how far a question has come, and what came of it."""
    found = _last(view, job)
    came = noted(runs.folder / "inquiries", str(found.payload["noted_as"]), Progress)
    told = str((found.result or {}).get("decision", ""))
    signed = next((each for each in view.own(Inquiry) if each.id == told), None) if told else None
    return Settling(
        state=found.state,
        asked=signed.n if signed else came.asked,
        of=signed.of if signed else came.of,
        calls=signed.calls if signed else came.calls,
        error=found.error,
        decision=signed,
    )


def _last(view: View, job: str) -> Job:
    """Return the job that goes on with a question.

    Raises:
        NotFound: if there is no such job, or it is no question.
    """
    found = job_by_id(view, job)
    while found.result is not None and (rest := found.result.get("goes_on_as")) is not None:
        found = job_by_id(view, str(rest))
    if found.name != "evaluation.decide":
        raise NotFound(f"The job {job!r} is no question.")
    return found
