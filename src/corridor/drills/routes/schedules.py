"""Scheduled drills over HTTP, for the operator."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from corridor.catalogue import Name
from corridor.drills.records import DrillSchedule, Planned
from corridor.drills.records.schedules import HourText
from corridor.drills.routes.items import Items, number_of
from corridor.drills.rules.schedules import SMALL, scheduled
from corridor.drills.rules.stages import stages_in, written
from corridor.drills.service import Scheduling
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, runtime_of, service

router = APIRouter(route_class=LimitedRoute, prefix="/drills/schedules", tags=["drills"])
Service = Annotated[Scheduling, service(Scheduling)]


class NewSchedule(BaseModel):
    """What is lost, how often, and in which hours; a supplier withdraws or a scenario happens."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    withdraw: Name | None = None
    scenario: Name | None = None
    """Of the library."""
    parameters: dict[str, str] = Field(default_factory=dict[str, str], max_length=20)
    home: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    worse: bool = False
    service: Name | None = None
    stages: str = Field(default=written(SMALL), max_length=200)
    every_days: int = Field(default=7, ge=1, le=366)
    opens: HourText
    closes: HourText
    zone: str = Field(min_length=1, max_length=64)
    items: Items = None
    """As of a drill that is begun at once."""
    below: float | None = Field(default=None, gt=0, le=1e9, allow_inf_nan=False)
    """Live requests a minute."""


@router.get("")
def schedules(view: Reading, _: Operator, scheduling: Service) -> list[Planned]:
    """List what is scheduled, when each is due, and what became of its last windows."""
    return scheduling.planned(view)


@router.post("", status_code=201)
def add(request: Request, tx: Tx, scheduling: Service, new: NewSchedule) -> DrillSchedule:
    """Let the node hold a drill again and again; the same name again replaces what it had."""
    fields = new.model_dump(exclude={"withdraw", "stages", "items"})
    made_at = runtime_of(request).store.clock()
    made: dict[str, object] = {
        "made_at": made_at,
        "supplier": new.withdraw,
        "stages": stages_in(new.stages),
    }
    made["items"] = number_of(new.items)
    return scheduling.add(tx, scheduled(fields | made))


@router.delete("/{name}")
def remove(name: str, tx: Tx, scheduling: Service) -> DrillSchedule:
    """End a schedule; what it held stays."""
    return scheduling.remove(tx, name)
