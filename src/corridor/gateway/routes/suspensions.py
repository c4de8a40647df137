"""Suspensions over HTTP, for the node's operator."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from corridor.catalogue import Language, Name
from corridor.core.errors import NotFound
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.gateway.records import Suspension, Target
from corridor.gateway.rules.suspensions import Proposal
from corridor.gateway.service import Extent, Gateway

router = APIRouter(route_class=LimitedRoute, prefix="/gateway", tags=["gateway"])

Wanted = Annotated[Gateway, service(Gateway)]
MOST_HOURS = 87_600


class Suspend(BaseModel):
    """What is to be suspended, for how long, how far, and why."""

    model_config = ConfigDict(extra="forbid")

    target: Target
    hours: float = Field(gt=0, le=MOST_HOURS)
    reason: str = Field(min_length=3, max_length=2_000)
    services: tuple[Name, ...] = ()
    """Only for these; for all, if none is named."""
    languages: tuple[Language, ...] = ()
    """Only in these; in all, if none is named."""
    starts: AwareDatetime | None = None
    """Now, if it is not given."""
    cuts_streams: bool = False
    visibility: Literal["internal", "partners"] = "internal"


class Confirm(BaseModel):
    """For how long what was objected is suspended, and why."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=2_000)
    hours: float | None = Field(default=None, gt=0, le=MOST_HOURS)
    """A day, or as long as a partner says, if it is not given."""
    whole_supplier: bool = False


class Why(BaseModel):
    """Why something is opened again."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=2_000)


class Listed(BaseModel):
    """A suspension that holds or will, whose it is, and what it closes here."""

    suspension: Suspension
    by: str
    providers: list[str]


@router.get("/suspensions")
def list_(_: Operator, view: Reading, gateway: Wanted) -> list[Listed]:
    """List what is suspended now or will be, partners' word included."""
    return [
        Listed(
            suspension=each.suspension,
            by=each.issuer or view.identity.name,
            providers=gateway.closes(view, each),
        )
        for each in gateway.stated(view)
    ]


@router.post("/suspensions", status_code=201)
def suspend(tx: Tx, gateway: Wanted, what: Suspend) -> Suspension:
    """Send no request to a provider, model, supplier or country for a while."""
    extent = Extent(
        services=what.services,
        languages=what.languages,
        starts=what.starts,
        cuts_streams=what.cuts_streams,
        visibility=what.visibility,
    )
    return gateway.suspend(tx, what.target, timedelta(hours=what.hours), what.reason, extent)


@router.post("/suspensions/{suspension_id}/lift")
def lift(tx: Tx, gateway: Wanted, suspension_id: str, why: Why) -> Suspension:
    """End a suspension before its time; a partner's ends here alone."""
    stated = (each.suspension for each in gateway.stated(tx))
    found = next((each for each in stated if each.id == suspension_id), None)
    if found is None:
        raise NotFound(f"No suspension {suspension_id[:40]!r} holds now or will.")
    gateway.lift(tx, found, why.reason)
    return found


@router.get("/objections")
def objections(_: Operator, view: Reading, gateway: Wanted) -> list[Proposal]:
    """List what waits for a decision: providers that said no, and what partners suspended."""
    return gateway.proposals(view)


@router.post("/objections/{proposal_id}/confirm", status_code=201)
def confirm(tx: Tx, gateway: Wanted, proposal_id: str, how: Confirm) -> Suspension:
    """Suspend what an objection asks for."""
    lasting = timedelta(hours=how.hours) if how.hours is not None else None
    whole = how.whole_supplier
    return gateway.confirm(tx, proposal_id, how.reason, lasting, whole_supplier=whole)


@router.post("/objections/{proposal_id}/dismiss")
def dismiss(tx: Tx, gateway: Wanted, proposal_id: str, why: Why) -> Proposal:
    """Let requests go again to a provider that said no."""
    return gateway.dismiss(tx, proposal_id, why.reason)
