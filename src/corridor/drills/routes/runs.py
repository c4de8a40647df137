"""Drills that the node holds, over HTTP: begun, and how they go."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from corridor.catalogue import Name
from corridor.core.errors import Invalid
from corridor.core.records import Part
from corridor.drills.records import DrillStarted, Run, Tripwire
from corridor.drills.routes.acting import Asker, refusals_kept
from corridor.drills.routes.items import Items, number_of
from corridor.drills.routes.scenarios import scenario_of
from corridor.drills.rules.loss import Loss
from corridor.drills.rules.stages import stages_in
from corridor.drills.service import Hosting, Wanted
from corridor.drills.service.holding import default_stages
from corridor.edge.http import LimitedRoute, Operator, Reading, runtime_of, service
from corridor.supply_chain import Scenario

router = APIRouter(route_class=LimitedRoute, prefix="/drills/runs", tags=["drills"])
Service = Annotated[Hosting, service(Hosting)]


class NewDrill(BaseModel):
    """What is to be lost, for whom, how far and how long."""

    model_config = ConfigDict(extra="forbid")

    withdraw: Name | None = None
    """The supplier that withdraws all that it runs ..."""
    scenario: str | Scenario | None = None
    """... or, in its place, the name of a scenario of the library, or a whole one."""
    parameters: dict[str, str] = Field(default_factory=dict[str, str], max_length=20)
    """Of the scenario."""
    home: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """From where the scenario is asked."""
    worse: bool = False
    """Whether what the scenario may take is taken, too."""
    day: float | None = Field(default=None, ge=0)
    """Of the scenario: what is gone on it; nothing: all of it at once."""
    service: Name | None = None
    """Only this service."""
    stages: str = Field(default="", max_length=200)
    """shadow:10s,canary:30s@10%,full:60s; each concerns more requests than the one before."""
    seconds: int | None = Field(default=None, ge=1, le=24 * 3600)
    """In place of stages: all requests at once, for so long; 30 if neither is said."""
    items: Items = None
    """So many of each language are asked before, and the same again in the last stage, which lasts until they were, or
    `drills.items_seconds` longer than stated."""
    tripwire: Tripwire = Tripwire()
    """When it ends by itself."""
    second_key: str = Field(default="", max_length=500, repr=False)
    """A personal key of a second person, where no service would have a supplier left."""

    def loss(self) -> Loss:
        """Return what is to be lost.

        Raises:
            Invalid: if it is neither a supplier nor a scenario, or both.
            UnknownScenario: if the library has none of this name.
        """
        return Loss(
            self.withdraw,
            parameters=self.parameters,
            home=self.home,
            service=self.service,
            worse=self.worse,
            day=self.day,
            scenario=None if self.scenario is None else scenario_of(self.scenario),
        )

    def wanted(self) -> Wanted:
        """Return how the drill is to be held.

        Raises:
            Invalid: if both stages and seconds are given.
            NoStages, NoDuration: if the stages cannot be read.
        """
        if self.stages and self.seconds is not None:
            raise Invalid("Say either `stages` or `seconds`.")
        lasting = timedelta(seconds=self.seconds or 30)
        stages = stages_in(self.stages) if self.stages else tuple(default_stages(lasting))
        return Wanted(stages, self.tripwire, self.second_key, number_of(self.items))


class Begun(Part):
    """A drill that began, and where it is to be seen."""

    drill: DrillStarted
    run: str
    """How it goes, and how it ended."""
    live: str = "/drills/live"
    watch: str = "/drills/watch"
    """The page that shows it to people."""
    abort: str = "/drills/live/abort"


@router.post("", status_code=202)
def start(request: Request, asker: Asker, hosting: Service, wanted: NewDrill) -> Begun:
    """Begin a drill that the node holds by itself; the answer comes when it has begun."""
    runtime, how = runtime_of(request), replace(wanted.wanted(), person=asker)
    with refusals_kept(runtime, asker, "drill.start"):
        started = hosting.start(runtime.store, wanted.loss(), how)
    return Begun(drill=started, run=f"/drills/runs/{started.id}")


@router.get("")
def every(view: Reading, _: Operator, hosting: Service) -> list[Run]:
    """List this node's drills, oldest first, with how each ended."""
    return hosting.runs(view)


@router.get("/{drill}")
def one(drill: str, view: Reading, asker: Asker, hosting: Service) -> Run:
    """Say how a drill goes, or how it ended and what it found."""
    return hosting.run(view, drill, asker)
