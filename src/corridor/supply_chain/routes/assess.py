"""A service assessed, over HTTP, for the operator: as data, and as a page."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from corridor.core.store import View
from corridor.edge.http import LimitedRoute, Operator, Reading, service
from corridor.supply_chain.adapters.measures import library as library_of_measures
from corridor.supply_chain.adapters.scenarios import library
from corridor.supply_chain.records import Country
from corridor.supply_chain.routes.asked import a_turn
from corridor.supply_chain.rules.assessing import Assessment
from corridor.supply_chain.rules.graph import graph_of
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.assessing import Brief, assess

router = APIRouter(route_class=LimitedRoute, prefix="/supply-chain", tags=["supply chain"])
Wanted = Annotated[SupplyChain, service(SupplyChain)]


class Assessing(BaseModel):
    """How a service is to be assessed."""

    model_config = ConfigDict(extra="forbid")

    home: Country | None = None
    """Who asks; None is anybody abroad."""
    country: Country | None = None
    """For scenarios that need one; else every country is tried, and the worst are shown."""
    draws: int = Field(default=1_000, ge=1, le=5_000)
    seed: int = Field(default=0, ge=0)
    examples: bool = False
    """Whether the measures that come with Corridor, whose figures are assumed, are looked at too."""
    table: list[str] = Field(default_factory=list[str])
    """Only these; all, if none is named."""


@router.get("/assess/{name:path}")
def assessed(
    name: str,
    view: Reading,
    _: Operator,
    chain: Wanted,
    asked: Annotated[Assessing, Query()],
) -> Assessment:
    """Assess a service: what it rests on, where that is thin, what scenarios would do to it."""
    return _assessed(name, view, chain, asked)


@router.get("/assess.html/{name:path}", response_class=HTMLResponse)
def assessment_page(
    name: str,
    view: Reading,
    _: Operator,
    chain: Wanted,
    asked: Annotated[Assessing, Query()],
) -> HTMLResponse:
    """Assess a service, as a page that needs nothing else and prints."""
    # Only now: drawing takes half a second to load, which a gateway has no use for.
    from corridor.supply_chain.adapters.page import page

    return HTMLResponse(page(_assessed(name, view, chain, asked)))


def _assessed(name: str, view: View, chain: SupplyChain, asked: Assessing) -> Assessment:
    given = {} if asked.country is None else {"country": asked.country}
    tables = chain.chosen(view, asked.table)
    stated = library_of_measures()["examples"] if asked.examples else []
    own = chain.candidates(view, graph_of(tables))
    wanted = Brief(
        name,
        asked.home,
        given,
        asked.draws,
        asked.seed,
        measures=(*own, *stated),
        files=("examples",) if asked.examples else (),
        tables=asked.table,
    )
    with a_turn():
        return assess(tables, list(library().values()), wanted, view.identity.name, chain.clock())
