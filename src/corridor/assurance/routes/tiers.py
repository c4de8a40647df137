"""Risk tiers over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from corridor.assurance.records import RiskTier
from corridor.assurance.service import Assurance
from corridor.edge.http import LimitedRoute, Operator, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/assurance", tags=["assurance"])


@router.get("/tiers")
def tiers(
    view: Reading, _: Operator, assurance: Annotated[Assurance, service(Assurance)]
) -> list[RiskTier]:
    """Show the tiers that this node has set; whatever is not here counts as critical."""
    return assurance.tiers(view)
