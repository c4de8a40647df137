"""Facts over HTTP: tables, concentration, and where a service is thin."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from corridor.edge.http import LimitedRoute, Operator, Reading, service
from corridor.supply_chain.adapters.scenarios import library
from corridor.supply_chain.records import Basis, Country, Table
from corridor.supply_chain.routes.asked import a_turn
from corridor.supply_chain.rules.chokepoints import Of
from corridor.supply_chain.rules.concentration import By
from corridor.supply_chain.rules.supply_risk import Criticality
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.criteria import Criteria, criteria
from corridor.supply_chain.service.facts import Concentrated
from corridor.supply_chain.service.thinness import Thinness, thinness

router = APIRouter(route_class=LimitedRoute, prefix="/supply-chain", tags=["supply chain"])
Wanted = Annotated[SupplyChain, service(SupplyChain)]
Names = Annotated[list[str], Query()]


@router.get("/tables")
def tables(view: Reading, _: Operator, chain: Wanted) -> list[Table]:
    """Give the tables of facts, whole: the shipped one, those taken in, the running corridor."""
    return list(chain.tables(view).values())


@router.get("/concentration")
def concentrated(
    view: Reading,
    _: Operator,
    chain: Wanted,
    input: Names = [],  # noqa: B006  the parameter's name; FastAPI makes a new list for every call
    table: Names = [],  # noqa: B006  FastAPI makes a new list for every call
    by: By | None = None,
    basis: Basis | None = None,
) -> list[Concentrated]:
    """Say how concentrated the supply of inputs is, as intervals, each with its source."""
    return chain.concentrated(chain.graph(view, table), input, by, basis)


class Judged(BaseModel):
    """What is to be looked at by the criteria of Japan and of the EU."""

    model_config = ConfigDict(extra="forbid")

    inputs: tuple[str, ...] = Field(default=(), max_length=200)
    """Which; all that have a share, if none is named."""
    home: Country | None = None
    """Who asks."""
    criticality: Criticality | None = None
    """What the formula of supply risk needs to know beside shares."""
    tables: tuple[str, ...] = ()
    """Only these; all, if none is named."""


@router.post("/criteria")
def judged(asked: Judged, view: Reading, _: Operator, chain: Wanted) -> list[Criteria]:
    """Say what data say of inputs by Japan's four tests and the EU's supply risk, and what not."""
    graph = chain.graph(view, asked.tables)
    scenarios = list(library().values())
    return criteria(graph, asked.inputs, asked.home, scenarios, asked.criticality)


@router.get("/chokepoints/{name:path}")
def chokepoints(
    name: str,
    view: Reading,
    _: Operator,
    chain: Wanted,
    of: Of = "country",
    part: Annotated[float, Query(ge=0.01, le=1)] = 1.0,
    seconds: Annotated[float, Query(ge=0.1, le=30)] = 10.0,
    table: Names = [],  # noqa: B006  FastAPI makes a new list for every call
) -> Thinness:
    """Say where an input is thin: few providers, single points, smallest sets, exposure."""
    with a_turn():
        return thinness(chain.graph(view, table), name, of, part, seconds)
