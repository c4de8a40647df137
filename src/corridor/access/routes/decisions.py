"""Deciding over HTTP: approve, refuse, appeal, countersign, review, see what is granted."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from corridor.access.errors import NotAllowed
from corridor.access.records import Appeal, Conditions, Countersignature, Review, Verdict
from corridor.access.records.grants import Due, GrantStanding
from corridor.access.records.requests import RequestState
from corridor.access.routes.acting import Person, PersonTx
from corridor.access.service.countersigning import Countersigning
from corridor.access.service.files import SEES_ALL
from corridor.access.service.grants import Grants
from corridor.access.service.naming import MOST_MODELS, Naming
from corridor.access.service.requests import Requests
from corridor.catalogue import Language, Name, Sha256
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])

Deciding = Annotated[Grants, service(Grants)]
Signing = Annotated[Countersigning, service(Countersigning)]
Asking = Annotated[Requests, service(Requests)]
Names = Annotated[Naming, service(Naming)]
Issuer = Annotated[str | None, Query(max_length=63, description="The partner that issued it.")]


class Body(BaseModel):
    """What every decision says."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=4_000)


class Decide(Body):
    """A decision on a request, on the very bytes that were seen."""

    verdict: Verdict
    request_sha256: Sha256
    conditions: Conditions | None = None
    """Stricter ones; what is not said here stays as it was asked for."""
    languages: list[Language] | None = Field(default=None, min_length=1)
    days: int | None = Field(default=None, ge=1, le=731)
    models: list[Name] | None = Field(default=None, min_length=1, max_length=MOST_MODELS)
    """Where the request names a tier: the exact models of this node that are approved of."""


class Word(Body):
    """This node's word on a partner's grant, on its very bytes. All partners can read the reason."""

    verdict: Verdict
    grant_sha256: Sha256
    issuer: str = Field(max_length=63)


class Again(Body):
    """That a grant was looked at again."""

    issuer: str | None = Field(default=None, max_length=63)


class AppealText(BaseModel):
    """Why a refusal should be looked at again."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=10, max_length=4_000)


class Countersigned(BaseModel):
    """This node's word, if there is one by now."""

    countersignature: Countersignature | None


@router.post("/requests/{request_id}/approvals", status_code=201)
def decide(
    person: Person,
    tx: PersonTx,
    grants: Deciding,
    requests: Asking,
    naming: Names,
    request_id: str,
    decision: Decide,
) -> RequestState:
    """Approve or refuse a request. The grant is made with the last approval that it needs.

    A request for a tier is approved of with exact models: each becomes a request of its own.
    """
    sha256, reason = decision.request_sha256, decision.reason
    if decision.verdict == "refuse":
        grants.refuse(tx, request_id, person, sha256=sha256, reason=reason)
    elif decision.models is not None:
        naming.approve(
            tx,
            request_id,
            person,
            decision.models,
            sha256=sha256,
            reason=reason,
            conditions=decision.conditions,
            languages=decision.languages,
            days=decision.days,
        )
    else:
        grants.approve(
            tx,
            request_id,
            person,
            sha256=sha256,
            reason=reason,
            conditions=decision.conditions,
            languages=decision.languages,
            days=decision.days,
        )
    return requests.state(tx, request_id, person)


@router.post("/requests/{request_id}/appeals", status_code=201)
def appeal(
    person: Person, tx: PersonTx, grants: Deciding, request_id: str, why: AppealText
) -> Appeal:
    """Ask that a refusal of your request be looked at by others than those who refused."""
    return grants.appeal(tx, request_id, person, why.text)


@router.get("/grants")
def list_(person: Person, view: Reading, grants: Deciding) -> list[GrantStanding]:
    """List the grants that you may see, and how each stands."""
    return grants.grants(view, person)


@router.get("/grants/{grant_id}")
def show(
    person: Person, view: Reading, grants: Deciding, grant_id: str, issuer: Issuer = None
) -> GrantStanding:
    """Show one grant and how it stands."""
    return grants.grant(view, grant_id, person, issuer=issuer)


@router.post("/grants/{grant_id}/countersignatures", status_code=201)
def countersign(
    person: Person, tx: PersonTx, signing: Signing, grant_id: str, word: Word
) -> Countersigned:
    """Give this node's word on a partner's grant; none yet where another country has to agree."""
    made = signing.countersign(
        tx,
        word.issuer,
        grant_id,
        person,
        verdict=word.verdict,
        sha256=word.grant_sha256,
        reason=word.reason,
    )
    return Countersigned(countersignature=made)


@router.post("/grants/{grant_id}/reviews", status_code=201)
def review(person: Person, tx: PersonTx, signing: Signing, grant_id: str, again: Again) -> Review:
    """Keep that you looked at a grant again."""
    return signing.review(tx, grant_id, person, again.reason, again.issuer)


@router.get("/due")
def due(person: Person, view: Reading, grants: Deciding) -> list[Due]:
    """List what somebody has to look at before long."""
    if SEES_ALL.isdisjoint(person.roles):
        raise NotAllowed("Only operators, approvers and auditors see what is due.")
    return grants.due(view)
