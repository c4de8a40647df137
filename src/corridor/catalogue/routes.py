"""The catalogue over HTTP: what this node states to everyone."""

from typing import Annotated

from fastapi import APIRouter

from corridor.catalogue.records import Model, Supplier
from corridor.catalogue.service import Catalogue
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/catalogue", tags=["catalogue"])
Wanted = Annotated[Catalogue, service(Catalogue)]


@router.get("/models")
def models(view: Reading, catalogue: Wanted) -> list[Model]:
    """List the models whose records are public."""
    return [m for m in catalogue.models(view).values() if m.visibility == "public"]


@router.get("/suppliers")
def suppliers(view: Reading, catalogue: Wanted) -> list[Supplier]:
    """List the suppliers whose records are public."""
    return [s for s in catalogue.suppliers(view).values() if s.visibility == "public"]
