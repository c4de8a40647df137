"""Guards over HTTP, for the operator of the node."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.gateway.records import GuardPolicy, GuardStep
from corridor.gateway.service import Guarding

router = APIRouter(route_class=LimitedRoute, prefix="/gateway", tags=["gateway"])

Wanted = Annotated[Guarding, service(Guarding)]
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
