"""What is to be rehearsed again, over HTTP."""

from typing import Annotated

from fastapi import APIRouter

from corridor.drills.records import Reminder
from corridor.drills.service import Reminding
from corridor.edge.http import LimitedRoute, Operator, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/drills", tags=["drills"])


@router.get("/reminders")
def reminders(
    view: Reading, _: Operator, reminding: Annotated[Reminding, service(Reminding)]
) -> list[Reminder]:
    """Show what changed since it was last rehearsed, or never was, with a drill that would show it."""
    return reminding.reminders(view)
