"""Asking for access over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel

from corridor.access.records.requests import Draft, Gap, RequestState
from corridor.access.routes.acting import Person, PersonTx
from corridor.access.service.requests import Requests
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])

Service = Annotated[Requests, service(Requests)]


class Fields(RootModel[dict[str, JsonValue]]):
    """Fields of a request, by dotted names or as maps within maps; an empty value takes one out."""


class DraftShown(BaseModel):
    """A draft, and what it lacks."""

    draft: Draft
    missing: list[Gap]


class HandIn(BaseModel):
    """Which draft is handed in."""

    model_config = ConfigDict(extra="forbid")

    draft_id: str = Field(max_length=64)


class Why(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2_000)


@router.post("/drafts", status_code=201)
def begin(person: Person, tx: PersonTx, requests: Service, fields: Fields) -> DraftShown:
    """Begin a request; it is kept though fields are missing."""
    draft = requests.new(tx, person, fields.root)
    return DraftShown(draft=draft, missing=requests.missing(tx, draft))


@router.get("/drafts")
def drafts(person: Person, view: Reading, requests: Service) -> list[Draft]:
    """List your drafts."""
    return requests.drafts(view, person)


@router.get("/drafts/{draft_id}")
def draft(person: Person, view: Reading, requests: Service, draft_id: str) -> DraftShown:
    """Show a draft of yours, and what it lacks."""
    found = requests.draft(view, draft_id, person)
    return DraftShown(draft=found, missing=requests.missing(view, found))


@router.patch("/drafts/{draft_id}")
def edit(
    person: Person, tx: PersonTx, requests: Service, draft_id: str, fields: Fields
) -> DraftShown:
    """Change fields of a draft."""
    changed = requests.edit(tx, draft_id, person, fields.root)
    return DraftShown(draft=changed, missing=requests.missing(tx, changed))


@router.post("/requests", status_code=201)
def submit(person: Person, tx: PersonTx, requests: Service, which: HandIn) -> RequestState:
    """Hand a draft in; it is signed as it is and does not change any more."""
    request = requests.submit(tx, which.draft_id, person)
    return requests.state(tx, request.id, person)


@router.get("/requests")
def list_(person: Person, view: Reading, requests: Service) -> list[RequestState]:
    """List the requests and drafts that you may see, and what each waits for."""
    return requests.states(view, person)


@router.get("/requests/{request_id}")
def show(person: Person, view: Reading, requests: Service, request_id: str) -> RequestState:
    """Show how a request stands, and what it waits for."""
    return requests.state(view, request_id, person)


@router.post("/requests/{request_id}/withdrawal")
def withdraw(
    person: Person, tx: PersonTx, requests: Service, request_id: str, why: Why
) -> RequestState:
    """Take back a request of your own that did not become a grant."""
    requests.withdraw(tx, request_id, person, why.reason)
    return requests.state(tx, request_id, person)
