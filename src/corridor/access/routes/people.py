"""People and projects over HTTP, for the operator of the node."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, Field

from corridor.access.records import (
    Account,
    ClaimName,
    Level,
    Principal,
    PrincipalType,
    Project,
    Role,
    VerifiedClaim,
)
from corridor.access.routes.acting import no_key_in_query
from corridor.access.service.people import People
from corridor.catalogue import Name
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service

router = APIRouter(
    route_class=LimitedRoute,
    prefix="/access",
    tags=["access"],
    dependencies=[Depends(no_key_in_query)],
)

Service = Annotated[People, service(People)]
Reason = Annotated[str, Field(min_length=1, max_length=2_000)]


class NewPrincipal(Part):
    """Somebody to be registered."""

    name: Name
    type: PrincipalType = "person"
    organisation: Name
    roles: tuple[Role, ...] = Field(default=(), max_length=10)
    responsible: Name | None = None


class Change(Part):
    """What is to be changed of a principal; what is not named stays."""

    reason: Reason
    roles: tuple[Role, ...] | None = Field(default=None, max_length=10)
    organisation: Name | None = None
    responsible: Name | None = None


class Leaving(Part):
    """Why somebody leaves."""

    reason: Reason


class Link(Part):
    """An account by which a principal is to be known."""

    issuer: str = Field(min_length=1, max_length=500)
    subject: str = Field(min_length=1, max_length=255)


class Result(Part):
    """The result of a verification, never the document."""

    claim: ClaimName
    value: str = Field(max_length=200)
    level: Level
    verified_by: str = Field(min_length=1, max_length=500)
    method: str = Field(min_length=1, max_length=200)
    until: AwareDatetime
    person: str | None = Field(default=None, min_length=1, max_length=500)
    """What is the same for all accounts of one natural person; a keyed hash of it is kept."""


class Known(Part):
    """A principal with what is known of it."""

    principal: Principal
    accounts: tuple[Account, ...]
    claims: tuple[VerifiedClaim, ...]
    identity_level: int


class NewProject(Part):
    """A project to be registered."""

    name: Name
    title: str = Field(min_length=1, max_length=200)
    organisation: Name
    purpose: Name | None = None


@router.get("/people")
def list_people(_: Operator, view: Reading, people: Service) -> list[Principal]:
    """List everybody who was ever registered, as they are now."""
    return people.people(view)


@router.post("/people", status_code=201)
def register(new: NewPrincipal, tx: Tx, people: Service) -> Principal:
    """Register a person, a service or an agent."""
    return people.register(tx, new.name, new.type, new.organisation, new.roles, new.responsible)


@router.get("/people/{name}")
def show(name: str, _: Operator, view: Reading, people: Service) -> Known:
    """Show a principal with its accounts and what was verified."""
    return Known(
        principal=people.principal(view, name),
        accounts=tuple(people.accounts(view, name)),
        claims=tuple(people.claims(view, name)),
        identity_level=people.identity_level(view, name),
    )


@router.post("/people/{name}/change")
def change(name: str, wanted: Change, tx: Tx, people: Service) -> Principal:
    """Change what a principal is."""
    return people.change(
        tx,
        name,
        wanted.reason,
        roles=wanted.roles,
        organisation=wanted.organisation,
        responsible=wanted.responsible,
    )


@router.post("/people/{name}/leave")
def leave(name: str, leaving: Leaving, tx: Tx, people: Service) -> Principal:
    """Let a principal leave: its keys and sessions open nothing from now on."""
    return people.leave(tx, name, leaving.reason)


@router.post("/people/{name}/accounts", status_code=201)
def link(name: str, account: Link, tx: Tx, people: Service) -> Account:
    """Let a principal be known by an account of a provider that this node trusts."""
    return people.link(tx, name, account.issuer, account.subject)


@router.post("/people/{name}/claims", status_code=201)
def claim(name: str, result: Result, tx: Tx, people: Service) -> VerifiedClaim:
    """Keep the result of a verification."""
    return people.claim(
        tx,
        name,
        result.claim,
        result.value,
        result.level,
        result.verified_by,
        result.method,
        result.until,
        result.person,
    )


@router.get("/projects")
def projects(_: Operator, view: Reading, people: Service) -> list[Project]:
    """List the projects."""
    return list(people.projects(view).values())


@router.post("/projects", status_code=201)
def add_project(new: NewProject, tx: Tx, people: Service) -> Project:
    """Register a project of an organisation."""
    return people.add_project(tx, new.name, new.title, new.organisation, new.purpose)
