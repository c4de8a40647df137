"""Drills over HTTP, for the operator."""

from typing import Annotated

from fastapi import APIRouter

from corridor.drills.records import DrillResult
from corridor.drills.service import Drills
from corridor.edge.http import LimitedRoute, Operator, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/drills", tags=["drills"])


@router.get("")
def drills(
    view: Reading, _: Operator, kept: Annotated[Drills, service(Drills)]
) -> list[DrillResult]:
    """List the drills that were held."""
    return kept.results(view)
