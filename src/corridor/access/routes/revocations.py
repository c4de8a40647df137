"""Closing and opening again over HTTP, by a person or by the node's operator."""

import hmac
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from corridor.access.errors import NotAllowed, NotKnown
from corridor.access.records import Principal, Revocation, RevocationLifted, Scope
from corridor.access.records.revocations import RevocationStanding
from corridor.access.routes.acting import address_of, bearer_of, no_key_in_query
from corridor.access.service.files import SEES_ALL
from corridor.access.service.identities import Identities
from corridor.access.service.keys import ApiKeys
from corridor.access.service.revocations import Revocations
from corridor.core.store import Transaction
from corridor.edge.http import LimitedRoute, Reading, runtime_of, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])

Service = Annotated[Revocations, service(Revocations)]


def _actor(request: Request, view: Reading) -> Principal | None:
    no_key_in_query(request)
    runtime, shown = runtime_of(request), bearer_of(request)
    token = runtime.operator_token
    if token and hmac.compare_digest(shown.encode(), token.encode()):
        return None
    keys, address = runtime.service(ApiKeys), address_of(request)
    keys.check_pace(address)
    try:
        return runtime.service(Identities).known(view, shown)
    except NotKnown:
        keys.note_wrong(address)
        raise


Actor = Annotated[Principal | None, Depends(_actor, scope="function")]
"""The person who acts, or None for the node's operator."""


def _transaction(request: Request, actor: Actor) -> Iterator[Transaction]:
    with runtime_of(request).store.transaction(actor.name if actor else "operator") as tx:
        yield tx


ActorTx = Annotated[Transaction, Depends(_transaction, scope="function")]


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
