"""Shocks over HTTP: at once where they are small, by the worker where they are kept."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from corridor.core.jobs import JobState, job_by_id
from corridor.core.records import Entry, Visibility
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.supply_chain.adapters.scenarios import library, schema
from corridor.supply_chain.errors import UnknownQuestion
from corridor.supply_chain.records import Country, ShockResult
from corridor.supply_chain.routes.asked import a_turn, scenarios_of
from corridor.supply_chain.rules.scenarios import Scenario, check
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.results import (
    SHOCK,
    Asked,
    Compared,
    ToKeep,
    again,
    put,
    result,
    results,
)
from corridor.supply_chain.service.shocks import HORIZON_DAYS, MOST_DAYS, Shock, filled

JOBS = "supply_chain."

router = APIRouter(route_class=LimitedRoute, prefix="/supply-chain", tags=["supply chain"])
Wanted = Annotated[SupplyChain, service(SupplyChain)]


class Question(BaseModel):
    """Scenarios that happen together."""

    model_config = ConfigDict(extra="forbid")

    scenarios: tuple[str | Scenario, ...] = Field(min_length=1, max_length=20)
    """Names of the library, or whole scenarios."""
    parameters: dict[str, str] = Field(default_factory=dict[str, str], max_length=20)
    home: Country | None = None
    """Who asks; None is anybody abroad."""
    draws: int = Field(default=1_000, ge=1, le=20_000)
    seed: int = Field(default=0, ge=0)
    tables: tuple[str, ...] = Field(default=(), max_length=100)
    """Only these; all, if none is named."""
    horizon_days: float = Field(default=HORIZON_DAYS, gt=0, le=MOST_DAYS)
    """What begins after so many days is left out."""
    day_by_day: bool = False
    """Whether the answer says what is lost from day to day, as `in_time`."""


class LongQuestion(Question):
    """Scenarios whose result is signed and kept."""

    draws: int = Field(default=1_000, ge=1, le=1_000_000)
    visibility: Visibility = "internal"


class Begun(BaseModel):
    """Where to ask after it: /supply-chain/jobs/{job}."""

    job: str


class Settling(BaseModel):
    """How far a job has come."""

    state: JobState
    error: str | None
    result: dict[str, object] | None
    """What came of it: for a kept shock, the id of its record."""


class Kept(BaseModel):
    """A kept shock, with where it lies in whose log."""

    entry: Entry
    shock: ShockResult


@router.get("/scenarios")
def scenarios(_: Operator) -> list[Scenario]:
    """List the scenarios that come with Corridor, each with its likelihood and who says so."""
    return list(library().values())


@router.get("/scenarios/schema")
def scenario_schema() -> Mapping[str, object]:
    """Give the JSON Schema of a scenario's file."""
    return schema()


@router.post("/shock")
def shock(question: Question, view: Reading, _: Operator, chain: Wanted) -> Shock:
    """Say what scenarios that happen together would stop, as bounds and as draws, each on its worst day."""
    with a_turn("POST to /supply-chain/predictions and ask later"):
        return put(chain, view, _asked(question)).shock


@router.post("/predictions", status_code=202)
def predict(question: LongQuestion, tx: Tx, chain: Wanted) -> Begun:
    """Compute a shock in the background, and sign and keep what comes of it."""
    asked = _asked(question)
    named = [one for each in filled(asked.scenarios, asked.parameters) for one in each]
    check(named, chain.graph(tx, asked.tables))
    wanted = ToKeep(asked=asked, visibility=question.visibility)
    return Begun(job=tx.enqueue(SHOCK, wanted.model_dump(mode="json")))


@router.get("/predictions")
def predictions(view: Reading, _: Operator) -> list[Kept]:
    """List the shocks that were kept, own ones and partners'."""
    return [Kept(entry=entry, shock=each) for entry, each in results(view)]


@router.get("/predictions/{record}")
def prediction(record: str, view: Reading, _: Operator) -> ShockResult:
    """Show a kept shock."""
    return result(view, record)


@router.post("/predictions/{record}/repeat")
def repeat(record: str, view: Reading, _: Operator, chain: Wanted) -> Compared:
    """Compute a kept shock again from the same facts, and say whether the same comes out."""
    with a_turn():
        return again(chain, view, result(view, record))


@router.get("/jobs/{job}")
def job(job: str, view: Reading, _: Operator) -> Settling:
    """Show how far a job of the supply chain has come."""
    found = job_by_id(view, job)
    if not found.name.startswith(JOBS):
        raise UnknownQuestion(f"The job {job!r} is none of the supply chain.")
    return Settling(state=found.state, error=found.error, result=found.result)


def _asked(question: Question) -> Asked:
    return Asked(
        scenarios=scenarios_of(question.scenarios),
        parameters=question.parameters,
        home=question.home,
        draws=question.draws,
        seed=question.seed,
        tables=question.tables,
        horizon_days=question.horizon_days,
        day_by_day=question.day_by_day,
    )
