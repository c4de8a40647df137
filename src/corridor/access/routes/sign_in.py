"""Signing in over HTTP, and who somebody is. Sessions are shown as a bearer token, never a cookie."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from corridor.access.errors import NotKnown
from corridor.access.records import Role
from corridor.access.routes.acting import Person, no_key_in_query
from corridor.access.rules.keys import caller_of
from corridor.access.service.identities import Entered, Identities, Returned
from corridor.access.service.keys import ApiKeys
from corridor.access.service.people import People
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Reading, address_of, bearer_of, runtime_of, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])
NO_KEY = [Depends(no_key_in_query)]
"""For all but the way back from a provider, whose code may look like a token."""

Service = Annotated[Identities, service(Identities)]
Short = Annotated[str | None, Query(max_length=6_000)]
CALLBACK = "/access/sign-in/callback"


class Credentials(Part):
    """The name and the password of a person of this machine."""

    name: str = Field(min_length=1, max_length=63)
    password: str = Field(min_length=1, max_length=256)


class SessionShown(Part):
    """A session; its token is shown this once, to be sent as `Authorization: Bearer`."""

    name: str
    token: str
    until: datetime


class Ended(Part):
    """Whether there was a session to end."""

    ended: bool


class Me(Part):
    """Who somebody is here."""

    name: str
    organisation: str
    roles: tuple[Role, ...]
    identity_level: int
    """How strongly their identity is verified: 0 not at all, 3 high."""
    until: datetime | None
    """When the key or session ends that was shown."""


@router.get("/me")
def me(
    request: Request,
    person: Person,
    view: Reading,
    people: Annotated[People, service(People)],
    identities: Service,
) -> Me:
    """Say who the key or session that was shown belongs to."""
    return Me(
        name=person.name,
        organisation=person.organisation,
        roles=person.roles,
        identity_level=people.identity_level(view, person.name),
        until=identities.end_of(view, bearer_of(request)),
    )


@router.get("/sign-in", status_code=303, response_class=RedirectResponse, dependencies=NO_KEY)
def begin(
    request: Request, identities: Service, issuer: Annotated[str, Query(max_length=500)]
) -> RedirectResponse:
    """Send a person to an OpenID provider that this node trusts."""
    _pace(request)
    runtime = runtime_of(request)
    asking = identities.ask(issuer, runtime.address + CALLBACK)
    with runtime.store.transaction("node") as tx:
        identities.begin(tx, asking)
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return RedirectResponse(asking.address, 303, headers)


@router.get("/sign-in/callback")
def come_back(
    request: Request,
    response: Response,
    identities: Service,
    state: Annotated[str, Query(max_length=200)],
    code: Short = None,
    iss: Short = None,
    error: Short = None,
) -> SessionShown:
    """Let in a person who comes back from a provider."""
    runtime = runtime_of(request)
    returned = Returned(state, code, iss, error)
    with runtime.store.transaction("node") as tx:
        sign_in = identities.take(tx, returned)
    said = identities.answered(sign_in, returned, runtime.address + CALLBACK)
    with runtime.store.transaction("node") as tx:
        entered = identities.enter(tx, said)
    return _shown(entered, response)


@router.post("/sign-in", status_code=201, dependencies=NO_KEY)
def by_password(
    request: Request, response: Response, shown: Credentials, identities: Service
) -> SessionShown:
    """Let in a person by the password of this machine."""
    runtime = runtime_of(request)
    keys, callers = runtime.service(ApiKeys), (address_of(request), f"name {shown.name}")
    for caller in callers:
        keys.check_pace(caller)
    try:
        with runtime.store.view() as view:
            person = identities.check_password(view, shown.name, shown.password)
    except NotKnown:
        for caller in callers:
            keys.note_wrong(caller)
        raise
    with runtime.store.transaction(person.name) as tx:
        return _shown(identities.begin_session(tx, person.name), response)


@router.post("/sign-out")
def sign_out(request: Request, person: Person, identities: Service) -> Ended:
    """End the session that was shown; a key goes on."""
    with runtime_of(request).store.transaction(person.name) as tx:
        return Ended(ended=identities.leave_session(tx, bearer_of(request)))


def _pace(request: Request) -> None:
    """Let an address begin only so many sign-ins a minute: each is remembered for a while."""
    keys, caller = runtime_of(request).service(ApiKeys), f"sign-in {caller_of(address_of(request))}"
    keys.check_pace(caller)
    keys.note_wrong(caller)


def _shown(entered: Entered, response: Response) -> SessionShown:
    response.headers["cache-control"] = "no-store"
    until = datetime.fromtimestamp(entered.until, UTC)
    return SessionShown(name=entered.principal.name, token=entered.token, until=until)
