"""Facts over HTTP: tables, concentration, and where a service is thin."""

from typing import Annotated

from fastapi import APIRouter, Query

from corridor.edge.http import LimitedRoute, Operator, Reading, service
from corridor.supply_chain.records import Basis, Table
from corridor.supply_chain.rules.chokepoints import Of
from corridor.supply_chain.rules.concentration import By
from corridor.supply_chain.service import SupplyChain
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
    return thinness(chain.graph(view, table), name, of, part, seconds)
