"""Plans over HTTP: what a loss will leave, and the predictions that are kept."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Semaphore
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from corridor.catalogue import Name
from corridor.core.errors import Invalid, TooOften
from corridor.core.records import Visibility
from corridor.core.store import View
from corridor.drills.records import Contradiction, Prediction, Readiness
from corridor.drills.routes.scenarios import scenario_of
from corridor.drills.service import Asked, Drills, Planning
from corridor.edge.http import LimitedRoute, Operator, Reading, runtime_of, service
from corridor.supply_chain import Scenario, library

AT_ONCE, PATIENCE_SECONDS = 2, 20.0
"""So many plans are made at the same time in one process; others wait so long, and are refused."""

router = APIRouter(route_class=LimitedRoute, prefix="/drills", tags=["drills"])
Planned = Annotated[Planning, service(Planning)]
turns = Semaphore(AT_ONCE)


class Question(BaseModel):
    """What is lost: a scenario, or all that a supplier runs."""

    model_config = ConfigDict(extra="forbid")

    scenario: str | Scenario | None = None
    """The name of one of the library, or a whole one."""
    withdraw: Name | None = None
    """Instead of it, a supplier."""
    parameters: dict[str, str] = Field(default_factory=dict[str, str], max_length=20)
    home: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    service: Name | None = None
    seed: int = Field(default=0, ge=0)
    day: float | None = Field(default=None, ge=0)
    """Of the scenario: what is gone on it; nothing: all of it at once."""


class Lasting(Question):
    """What is lost, for a prediction that is signed and kept."""

    visibility: Visibility = "internal"


@router.post("/plan")
def plan(question: Question, view: Reading, _: Operator, planning: Planned) -> Prediction:
    """Foretell what a loss will leave of each service in each language; nothing is kept."""
    with _turn():
        return _foretold(planning, view, question)


@router.get("/plan")
def plan_all(view: Reading, _: Operator, planning: Planned, home: str | None = None) -> Readiness:
    """Say what each scenario of the library will leave of each service, the worst first."""
    with _turn():
        return planning.plan_all(view, list(library().values()), Asked({}, home))


@router.post("/predictions", status_code=201)
def predict(question: Lasting, request: Request, actor: Operator, planning: Planned) -> Prediction:
    """Foretell what a loss will leave, and sign and keep that."""
    store = runtime_of(request).store
    with _turn(), store.view() as view:  # a plan takes its time, in which others may write
        found = _foretold(planning, view, question)
    with store.transaction(actor) as tx:
        return planning.keep(tx, found, question.visibility)


@router.get("/predictions")
def predictions(view: Reading, _: Operator, planning: Planned) -> list[Prediction]:
    """List the predictions that were kept."""
    return planning.predictions(view)


@router.get("/predictions/{record}")
def prediction(record: str, view: Reading, _: Operator, planning: Planned) -> Prediction:
    """Show a kept prediction."""
    return planning.prediction(view, record)


@router.get("/predictions/{record}/contradictions/{drill}")
def contradictions(
    record: str,
    drill: str,
    view: Reading,
    _: Operator,
    planning: Planned,
    held: Annotated[Drills, service(Drills)],
) -> list[Contradiction]:
    """Show where a drill measured otherwise than was foretold."""
    foretold = planning.prediction(view, record)
    return list(planning.contradictions(foretold, held.result(view, drill)))


def _foretold(planning: Planning, view: View, question: Question) -> Prediction:
    asked = Asked(question.parameters, question.home, question.service, question.seed, question.day)
    if (question.scenario is None) == (question.withdraw is None):
        raise Invalid("Say what is lost: a `scenario`, or a supplier to `withdraw`.")
    if question.withdraw is not None:
        return planning.plan_without(view, question.withdraw, asked)
    return planning.plan(view, scenario_of(question.scenario or ""), asked)


@contextmanager
def _turn() -> Generator[None]:
    if not turns.acquire(timeout=PATIENCE_SECONDS):
        raise TooOften(
            f"{AT_ONCE} plans are being made.",
            hint="Ask again in a moment.",
            retry_after=str(int(PATIENCE_SECONDS)),
        )
    try:
        yield
    finally:
        turns.release()
