"""Evidence over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel

from corridor.core.records import Entry
from corridor.edge.http import LimitedRoute, Reading, service
from corridor.evaluation.records import Evaluation, Measure, SafetyEvaluation
from corridor.evaluation.service import Evaluator, Runs

router = APIRouter(route_class=LimitedRoute, prefix="/evaluation", tags=["evaluation"])
Wanted = Annotated[Evaluator, service(Evaluator)]
LINES = "application/x-ndjson"


class Result(BaseModel):
    """Evidence with where it lies in whose log."""

    entry: Entry
    evaluation: Evaluation


class Measurement(BaseModel):
    """What was measured and is no share of right answers, with where it lies in whose log."""

    entry: Entry
    measure: Measure


class Safety(BaseModel):
    """Evidence of safety, and where it lies."""

    entry: Entry
    safety: SafetyEvaluation


@router.get("/results")
def results(view: Reading, evaluator: Wanted) -> list[Result]:
    """List the public evidence, partners' included."""
    return [
        Result(entry=kept.entry, evaluation=kept.record)
        for kept in evaluator.results(view)
        if kept.record.visibility == "public"
    ]


@router.get("/measures")
def measures(view: Reading, evaluator: Wanted) -> list[Measurement]:
    """List what was measured and is no share of right answers, where it is public."""
    return [
        Measurement(entry=kept.entry, measure=kept.record)
        for kept in evaluator.measures(view)
        if kept.record.visibility == "public"
    ]


@router.get("/safety")
def safety(view: Reading, evaluator: Wanted) -> list[Safety]:
    """List the public evidence of safety: axes, verdicts and digests, never a text."""
    return [
        Safety(entry=kept.entry, safety=kept.record)
        for kept in evaluator.safety(view)
        if kept.record.visibility == "public"
    ]


@router.get(
    "/logs/{sha256}",
    response_class=FileResponse,
    responses={200: {"content": {LINES: {}}, "description": "One answer a line."}},
)
def log(sha256: str, view: Reading, runs: Annotated[Runs, service(Runs)]) -> FileResponse:
    """Give the full log of public evidence of this node, if its record says that all may have it."""
    return FileResponse(runs.public_log(view, sha256), media_type=LINES)
