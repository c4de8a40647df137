"""Policies over HTTP: anyone can read by which rules this node decides; its operator sets them."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, Field

from corridor.access.records import Policy, Purpose, UseClass
from corridor.access.rules.policies import MAX_TEXT, SHIPPED, withheld
from corridor.access.service.policies import Policies
from corridor.catalogue import Name
from corridor.core.canonical import sha256
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])

Service = Annotated[Policies, service(Policies)]
MAX_REASON = 2_000


class ShownPolicy(Part):
    """Policies as anyone can read them."""

    name: str
    text: str
    """The names of principals are withheld."""
    sha256: str
    """Of the whole text, with the names."""
    since: AwareDatetime | None
    reason: str


class ShownPolicies(Part):
    """The policies that are in force together."""

    version: str
    policies: list[ShownPolicy]
    """The shipped ones first."""


class ShownPurpose(Part):
    """A purpose that requests may declare."""

    name: Name
    title: str
    use_class: UseClass


class NewPolicy(Part):
    """Policies that are to be in force."""

    name: Name
    text: str = Field(max_length=MAX_TEXT)
    """In Cedar; anyone can read it, but for the names of principals."""
    reason: str = Field(min_length=3, max_length=MAX_REASON)


class Published(Part):
    """What is in force now."""

    version: str
    name: str


class Why(Part):
    """Why something is done; it is kept for whoever asks later."""

    reason: str = Field(min_length=3, max_length=MAX_REASON)


@router.get("/policies")
def policies(view: Reading, service: Service) -> ShownPolicies:
    """Show the policies by which this node decides. Anyone can read them."""
    shipped = ShownPolicy(
        name=SHIPPED,
        text=service.engine.shipped,
        sha256=sha256(service.engine.shipped.encode()),
        since=None,
        reason="They hold on every node.",
    )
    own = [_shown(policy) for policy in service.policies(view).values()]
    return ShownPolicies(version=service.version(view), policies=[shipped, *own])


@router.get("/policies/schema", response_class=PlainTextResponse)
def schema(service: Service) -> str:
    """Show what policies can decide by, as a Cedar schema."""
    return service.engine.schema


@router.post("/policies", status_code=201)
def publish(_: Operator, tx: Tx, service: Service, new: NewPolicy) -> Published:
    """Put policies in force under a name. What has a fault is refused; all stays as it was then."""
    policy = service.publish(tx, new.name, new.text, new.reason)
    return Published(version=service.version(tx), name=policy.name)


@router.post("/policies/{name}/retire")
def retire(_: Operator, tx: Tx, service: Service, name: str, why: Why) -> Published:
    """Take the policies of a name out of force."""
    policy = service.retire(tx, name, why.reason)
    return Published(version=service.version(tx), name=policy.name)


@router.get("/purposes")
def purposes(view: Reading, service: Service) -> list[ShownPurpose]:
    """List the purposes that requests may declare."""
    return [_shown_purpose(purpose) for purpose in service.purposes(view).values()]


@router.post("/purposes", status_code=201)
def list_purpose(_: Operator, tx: Tx, service: Service, new: ShownPurpose) -> ShownPurpose:
    """List a purpose, or change one that is listed."""
    return _shown_purpose(service.list_purpose(tx, new.name, new.title, new.use_class))


@router.post("/purposes/{name}/retire")
def retire_purpose(_: Operator, tx: Tx, service: Service, name: str, why: Why) -> ShownPurpose:
    """Take a purpose off the list: what was granted for it is closed from then on."""
    return _shown_purpose(service.retire_purpose(tx, name, why.reason))


def _shown(policy: Policy) -> ShownPolicy:
    return ShownPolicy(
        name=policy.name,
        text=withheld(policy.text),
        sha256=sha256(policy.text.encode()),
        since=policy.made_at,
        reason=policy.reason,
    )


def _shown_purpose(purpose: Purpose) -> ShownPurpose:
    return ShownPurpose(name=purpose.name, title=purpose.title, use_class=purpose.use_class)
