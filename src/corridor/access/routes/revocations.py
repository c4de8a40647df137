"""Closing and opening again over HTTP, by a person or by the node's operator."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from corridor.access.errors import NotAllowed
from corridor.access.records import Revocation, RevocationLifted, Scope
from corridor.access.records.revocations import RevocationStanding
from corridor.access.routes.acting import Actor, ActorTx
from corridor.access.service.files import SEES_ALL
from corridor.access.service.revocations import Revocations
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])

Service = Annotated[Revocations, service(Revocations)]


class Close(BaseModel):
    """What is to be closed, why, and until when."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope
    target: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=3, max_length=2_000)
    until: AwareDatetime | None = None
    whole: bool = False
    """An organisation with all of its users, not single ones."""


class Open(BaseModel):
    """Why something is opened again."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=2_000)


@router.get("/revocations")
def list_(actor: Actor, view: Reading, revocations: Service) -> list[RevocationStanding]:
    """List what is or was closed, by whom, why and until when."""
    if actor is not None and SEES_ALL.isdisjoint(actor.roles):
        raise NotAllowed("Only operators, approvers and auditors see what is closed.")
    return revocations.revocations(view)


@router.post("/revocations", status_code=201)
def close(actor: Actor, tx: ActorTx, revocations: Service, what: Close) -> list[Revocation]:
    """Close something; the first revocation is what was asked for, the rest follows from it."""
    return revocations.revoke(
        tx, what.scope, what.target, what.reason, actor, until=what.until, whole=what.whole
    )


@router.post("/revocations/{revocation_id}/lift", status_code=201)
def lift(
    actor: Actor, tx: ActorTx, revocations: Service, revocation_id: str, why: Open
) -> list[RevocationLifted]:
    """Open again what this node closed, with all that followed from it."""
    return revocations.lift(tx, revocation_id, why.reason, actor)
