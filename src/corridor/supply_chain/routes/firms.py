"""The static engine over HTTP: on a small network of firms that is stated with the question."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from corridor.edge.http import LimitedRoute, Operator
from corridor.supply_chain.records import Amount, FirmsQuestion, FirmsResult
from corridor.supply_chain.routes.asked import a_turn

router = APIRouter(route_class=LimitedRoute, prefix="/supply-chain", tags=["supply chain"])
MOST_FIRMS, MOST_LINKS = 5_000, 50_000
"""Of a network that is stated in a request; larger ones are asked on the command line."""
Named = Annotated[str, Field(min_length=1, max_length=100)]


class Firm(BaseModel):
    """A firm; money is in one unit a year."""

    model_config = ConfigDict(extra="forbid")

    firm: Named
    sector: Named
    final_demand: Amount = 0.0
    """What consumers pay it."""
    value_added: Amount = 0.0
    """What it pays for labour and capital."""


class Link(BaseModel):
    """What a buyer pays a supplier."""

    model_config = ConfigDict(extra="forbid")

    supplier: Named
    buyer: Named
    sales: Amount


class Essential(BaseModel):
    """How essential the products of a sector are for another."""

    model_config = ConfigDict(extra="forbid")

    input: Named
    into: Named
    kind: int = Field(ge=0, le=2)
    """0 ignorable, 1 less is made without it, 2 essential."""


class Asking(BaseModel):
    """A network, and which of its firms fail."""

    model_config = ConfigDict(extra="forbid")

    firms: tuple[Firm, ...] = Field(min_length=1, max_length=MOST_FIRMS)
    links: tuple[Link, ...] = Field(max_length=MOST_LINKS)
    essentiality: tuple[Essential, ...] = Field(default=(), max_length=10_000)
    otherwise: int = Field(default=1, ge=0, le=2)
    """How essential an input is of which nothing is said."""
    question: FirmsQuestion = FirmsQuestion()


@router.post("/firms")
def firms(asking: Asking, _: Operator) -> FirmsResult:
    """Follow the failure of firms along their links; the same as `firms --json`. Nothing is kept."""
    # Only here: NumPy and Numba are not taken in by what starts often, such as the gateway.
    from corridor.supply_chain.adapters.firm_tables import stated
    from corridor.supply_chain.service.firms import ran

    with a_turn():
        found = stated(
            [each.model_dump(mode="json") for each in asking.firms],
            [each.model_dump(mode="json") for each in asking.links],
            [each.model_dump(mode="json") for each in asking.essentiality],
            asking.otherwise,
            strict=asking.question.strict,
        )
        return ran(found, asking.question)
