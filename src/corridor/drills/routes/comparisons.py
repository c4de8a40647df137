"""Drills side by side over HTTP, for the operator."""

from fastapi import APIRouter

from corridor.drills.records.comparisons import Comparison
from corridor.drills.service.comparing import compare
from corridor.edge.http import LimitedRoute, Operator, Reading

router = APIRouter(route_class=LimitedRoute, prefix="/drills", tags=["drills"])


@router.get("/comparisons/{first}/{second}")
def comparison(first: str, second: str, view: Reading, _: Operator) -> Comparison:
    """Say in which languages the second drill went better or worse than the first, beyond noise."""
    return compare(view, first, second)
