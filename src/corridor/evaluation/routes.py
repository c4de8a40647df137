"""Evaluation over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from corridor.core.records import Entry
from corridor.edge.http import LimitedRoute, Reading, Tx, service
from corridor.evaluation.records import Evaluation
from corridor.evaluation.service import Evaluator

router = APIRouter(route_class=LimitedRoute, prefix="/evaluation", tags=["evaluation"])
Wanted = Annotated[Evaluator, service(Evaluator)]


class Result(BaseModel):
    """Evidence with where it lies in whose log."""

    entry: Entry
    evaluation: Evaluation


class Run(BaseModel):
    """What to evaluate."""

    model_config = ConfigDict(extra="forbid")

    provider: str
    suite: str = "parallel-facts"


class Queued(BaseModel):
    """A job to ask after at /jobs/{job}."""

    job: str


@router.get("/results")
def results(view: Reading, evaluator: Wanted) -> list[Result]:
    """List the public evidence, partners' included."""
    return [
        Result(entry=kept.entry, evaluation=kept.record)
        for kept in evaluator.results(view)
        if kept.record.visibility == "public"
    ]


@router.post("/runs", status_code=202)
def run(wanted: Run, tx: Tx, evaluator: Wanted) -> Queued:
    """Evaluate a provider in the background."""
    evaluator.suite(wanted.suite)
    evaluator.catalogue.provider(tx, wanted.provider)
    return Queued(job=tx.enqueue("evaluation.run", wanted.model_dump()))
