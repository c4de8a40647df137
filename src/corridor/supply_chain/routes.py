"""The supply chain over HTTP, for the operator."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from corridor.edge.http import LimitedRoute, Operator, Reading, service
from corridor.supply_chain.adapters.scenarios import library, scenario_named
from corridor.supply_chain.errors import UnknownScenario
from corridor.supply_chain.records import Basis, Country, Table
from corridor.supply_chain.rules.chokepoints import Of, Thin
from corridor.supply_chain.rules.concentration import By
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.facts import Concentrated
from corridor.supply_chain.service.shocks import Shock, shocked
from corridor.supply_chain.service.thinness import (
    Exposure,
    cuts,
    exposures,
    points,
    thin_inputs,
)

router = APIRouter(route_class=LimitedRoute, prefix="/supply-chain", tags=["supply chain"])
Wanted = Annotated[SupplyChain, service(SupplyChain)]
Names = Annotated[list[str], Query()]


class Asked(BaseModel):
    """Scenarios that happen together."""

    model_config = ConfigDict(extra="forbid")

    scenarios: tuple[str | Scenario, ...] = Field(min_length=1, max_length=20)
    """Names of the library, or whole scenarios."""
    parameters: dict[str, str] = Field(default_factory=dict[str, str])
    home: Country | None = None
    """Who asks; None is anybody abroad."""
    draws: int = Field(default=1_000, ge=1, le=20_000)
    seed: int = Field(default=0, ge=0)
    tables: tuple[str, ...] = ()
    """Only these; all, if none is named."""


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


class Thinness(BaseModel):
    """Where a service or another input is thin."""

    thin: list[Thin]
    single_points: list[str]
    """Each alone stops it."""
    cuts: list[dict[str, object]]
    """Smallest sets whose loss stops it: lost, stops, bound, exact."""
    exposure: list[Exposure]


@router.get("/chokepoints/{name:path}")
def chokepoints(
    name: str,
    view: Reading,
    _: Operator,
    chain: Wanted,
    of: Of = "country",
    part: Annotated[float, Query(ge=0.01, le=1)] = 1.0,
    table: Names = [],  # noqa: B006  FastAPI makes a new list for every call
) -> Thinness:
    """Say where an input is thin: few providers, single points, smallest sets, exposure."""
    graph = chain.graph(view, table)
    return Thinness(
        thin=thin_inputs(graph, name),
        single_points=points(graph, name),
        cuts=[each.model_dump() for each in cuts(graph, name, of, part)],
        exposure=exposures(graph, name, of),
    )


@router.get("/scenarios")
def scenarios(_: Operator) -> list[Scenario]:
    """List the scenarios that come with Corridor."""
    return list(library().values())


@router.post("/shock")
def shock(asked: Asked, view: Reading, _: Operator, chain: Wanted) -> Shock:
    """Say what scenarios that happen together would stop, as bounds and as draws."""
    found = [
        each if isinstance(each, Scenario) else _of_the_library(each) for each in asked.scenarios
    ]
    graph = chain.graph(view, asked.tables)
    return shocked(graph, found, asked.parameters, asked.home, asked.draws, asked.seed)


def _of_the_library(name: str) -> Scenario:
    """Return a scenario by name; no file of the node is opened for a caller."""
    if "." in name or "/" in name:
        raise UnknownScenario(f"There is no scenario {name!r}.")
    return scenario_named(name)
