"""Who this node is, and for the operator its partners."""

from typing import Annotated

from fastapi import APIRouter, Request

from corridor.edge.http import LimitedRoute, Operator, Reading, runtime_of, service
from corridor.federation.ports import Card
from corridor.federation.records import PartnerStatus
from corridor.federation.service import Federation, Keys

router = APIRouter(route_class=LimitedRoute, tags=["federation"])

Service = Annotated[Federation, service(Federation)]


@router.get("/.well-known/corridor.json")
def card(request: Request, view: Reading, keys: Annotated[Keys, service(Keys)]) -> Card:
    """Say who this node is and which keys it had. Compare the fingerprint before trusting it."""
    return keys.card(view, runtime_of(request).address)


@router.get("/partners")
def partners(_: Operator, view: Reading, federation: Service) -> list[PartnerStatus]:
    """List the partners, how this node stands to each, and how the exchange goes."""
    return federation.partners(view)
