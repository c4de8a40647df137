"""Guards over HTTP, for the operator of the node."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.gateway.records import GuardPolicy, GuardStep, GuardWatch, Watch
from corridor.gateway.service import Guarding, Incidents

router = APIRouter(route_class=LimitedRoute, prefix="/gateway", tags=["gateway"])

Wanted = Annotated[Guarding, service(Guarding)]
Telling = Annotated[Incidents, service(Incidents)]
Whose = Annotated[str, Path(pattern=r"^(\*|[a-z0-9][a-z0-9._-]{0,62})$")]
"""A service, or `*` for all."""


class Steps(Part):
    """What requests and answers go through, in order; without any there is no guard."""

    steps: tuple[GuardStep, ...]


class Looked(Part):
    """A text in which personal data is looked for."""

    text: str = Field(max_length=1_000_000)


class Seen(Part):
    """What was found: its kind and its place in characters, from `start` to before `end`."""

    kind: str
    start: int
    end: int


class Watches(Part):
    """Which blocks of guards open incidents; without any, none does."""

    watches: tuple[Watch, ...] = Field(max_length=20)


class BlockedHour(Part):
    """How often a guard blocked something in an hour; never what was said."""

    hour: int
    """In hours since the epoch."""
    target: str
    language: str
    guard: str
    act: str
    model: str
    model_sha256: str
    count: int
    incident: str | None
    """The finding that counts it."""


@router.get("/guards")
def list_guards(_: Operator, view: Reading, guarding: Wanted) -> list[GuardPolicy]:
    """List the guards of each service; those of `*` come first for all."""
    return list(guarding.guards(view).values())


@router.put("/guards/{service}")
def set_guards(service: Whose, what: Steps, tx: Tx, guarding: Wanted) -> GuardPolicy:
    """Set the guards of a service or of all, in the place of those before."""
    return guarding.guard(tx, service, what.steps)


@router.post("/guards/test")
def look(_: Operator, what: Looked, guarding: Wanted) -> list[Seen]:
    """Show what the detectors of personal data find in a text; it is not kept."""
    return [Seen(kind=f.kind, start=f.start, end=f.end) for f in guarding.seen(what.text)]


@router.get("/watches")
def list_watches(_: Operator, view: Reading, telling: Telling) -> list[GuardWatch]:
    """List which blocks of guards open incidents, by service."""
    return list(telling.watched(view).values())


@router.put("/watches/{service}")
def set_watches(service: Whose, what: Watches, tx: Tx, telling: Telling) -> GuardWatch:
    """Set which blocks of guards open incidents, in the place of those before."""
    return telling.watch(tx, service, what.watches)


@router.get("/blocked")
def list_blocked(
    _: Operator, view: Reading, telling: Telling, hours: Annotated[int, Query(ge=1, le=2160)] = 24
) -> list[BlockedHour]:
    """List how often guards blocked something, by the hour, and which incident counts it."""
    hidden = ("first_at", "last_at", "request_id")
    return [
        BlockedHour(
            **{name: value for name, value in vars(each).items() if name not in hidden},
            incident=incident,
        )
        for each, incident in telling.blocked(view, hours)
    ]
