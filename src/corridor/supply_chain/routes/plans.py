"""Plans over HTTP, for the operator: at once where they are small, by the worker where they are kept."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from corridor.core.records import Entry, Visibility
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.supply_chain.adapters.measures import library, measures_named, schema
from corridor.supply_chain.adapters.scenarios import library as all_scenarios
from corridor.supply_chain.errors import BadMeasure
from corridor.supply_chain.records import Plan
from corridor.supply_chain.routes.asked import a_turn, scenarios_of
from corridor.supply_chain.routes.shocks import Begun
from corridor.supply_chain.rules.plans.measures import Cost, Measure, Placed
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.planning import check_plan, plan_of, planned, plans
from corridor.supply_chain.service.plans import PLAN, FirstSteps, ToPlan, Wanted

router = APIRouter(route_class=LimitedRoute, prefix="/supply-chain", tags=["supply chain"])
Chain = Annotated[SupplyChain, service(SupplyChain)]
Names = Annotated[list[str], Query(max_length=20)]


class PlanQuestion(Wanted):
    """Measures, scenarios and a budget."""

    scenarios: tuple[str | Scenario, ...] = Field(default=(), max_length=20)
    """Names of the library, or whole scenarios; all of the library, if none is named."""
    measures: tuple[Measure, ...] = Field(default=(), max_length=100)
    files: tuple[str, ...] = Field(default=(), max_length=20)
    """Measures of the library, by the name of their file."""
    generated_cost: Cost | None = None
    """What each measure of this node's records costs; None where nobody has said."""
    draws: int = Field(default=64, ge=1, le=500)
    seconds: float = Field(default=10.0, gt=0, le=20)
    figures: int = Field(default=6, ge=0, le=12)
    tables: tuple[str, ...] = Field(default=(), max_length=100)
    """Only these; all, if none is named."""


class LongPlanQuestion(PlanQuestion):
    """A plan that is signed and kept."""

    draws: int = Field(default=64, ge=1, le=10_000)
    seconds: float = Field(default=20.0, gt=0, le=3_600)
    figures: int = Field(default=12, ge=0, le=100)
    visibility: Visibility = "internal"


class KeptPlan(BaseModel):
    """A kept plan, with where it lies in whose log."""

    entry: Entry
    plan: Plan


@router.get("/measures")
def measures(view: Reading, _: Operator, chain: Chain) -> list[Placed]:
    """List the measures that come with Corridor, and those that this node's records make possible."""
    shipped = [each for found in library().values() for each in found]
    return [*shipped, *chain.candidates(view, chain.graph(view))]


@router.get("/measures/schema")
def measure_schema(_: Operator) -> Mapping[str, object]:
    """Give the JSON Schema of a file of measures."""
    return schema()


@router.get("/first-steps/{name:path}")
def first_steps(
    name: str,
    view: Reading,
    _: Operator,
    chain: Chain,
    scenario: Names = [],  # noqa: B006  FastAPI makes a new list for every call
    file: Names = [],  # noqa: B006  FastAPI makes a new list for every call
    most: Annotated[int, Query(ge=1, le=50)] = 5,
) -> FirstSteps:
    """Say which measures avoid most for a service, one after the other, whatever each costs."""
    placed = [each for wanted in file for each in _shipped(wanted)]
    return chain.first_steps(view, name, _scenarios(scenario), placed, most)


@router.post("/plan")
def plan(question: PlanQuestion, view: Reading, _: Operator, chain: Chain) -> Plan:
    """Choose measures within a budget such that the least is lost. Nothing is kept."""
    with a_turn("POST to /supply-chain/plans and ask later"):
        told = _told(question, "internal")
        ground, wanted = chain.ground(
            view, told.scenarios, told.placed, told.wanted, told.generated_cost, told.tables
        )
        return planned(ground, wanted, chain.clock)


@router.post("/plans", status_code=202)
def make_plan(question: LongPlanQuestion, tx: Tx, chain: Chain) -> Begun:
    """Make a plan in the background, and sign and keep it."""
    told = _told(question, question.visibility)
    ground, wanted = chain.ground(
        tx, told.scenarios, told.placed, told.wanted, told.generated_cost, told.tables
    )
    check_plan(ground, wanted)
    return Begun(job=tx.enqueue(PLAN, told.model_dump(mode="json")))


@router.get("/plans")
def kept_plans(view: Reading, _: Operator) -> list[KeptPlan]:
    """List the plans that were kept, own ones and partners'."""
    return [KeptPlan(entry=entry, plan=each) for entry, each in plans(view)]


@router.get("/plans/{record}")
def kept_plan(record: str, view: Reading, _: Operator) -> Plan:
    """Show a kept plan."""
    return plan_of(view, record)


def _told(question: PlanQuestion, visibility: Visibility) -> ToPlan:
    shipped = [each for name in question.files for each in _shipped(name)]
    own = [
        Placed(measure=each, where=f"measures.{at}") for at, each in enumerate(question.measures)
    ]
    fields = {name: getattr(question, name) for name in Wanted.model_fields}
    return ToPlan(
        scenarios=tuple(_scenarios(question.scenarios)),
        placed=(*shipped, *own),
        wanted=Wanted.model_validate(fields),
        generated_cost=question.generated_cost,
        tables=question.tables,
        visibility=visibility,
    )


def _scenarios(wanted: Sequence[str | Scenario]) -> list[Scenario]:
    return list(scenarios_of(wanted)) or list(all_scenarios().values())


def _shipped(name: str) -> list[Placed]:
    """Return measures by the name of their file; no file of the node is opened for a caller."""
    if "." in name or "/" in name:
        raise BadMeasure(f"There are no measures {name!r}.")
    return measures_named(name)
