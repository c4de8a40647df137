"""What was lost in earnest, over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from corridor.drills.records import IncidentEnded, IncidentOpened
from corridor.drills.service import Losing
from corridor.edge.http import LimitedRoute, Operator, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/drills", tags=["drills"])


class Incident(BaseModel):
    """A loss in earnest, and its end."""

    opened: IncidentOpened
    ended: IncidentEnded | None


@router.get("/incidents")
def incidents(
    _: Operator, view: Reading, losing: Annotated[Losing, service(Losing)]
) -> list[Incident]:
    """List what was lost in earnest, oldest first: what was foretold to continue, and what did."""
    return [Incident(opened=opened, ended=ended) for opened, ended in losing.incidents(view)]
