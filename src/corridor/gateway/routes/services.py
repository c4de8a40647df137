"""Services, their routes, and who would be asked, over HTTP, for the operator of the node."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field, model_validator

from corridor.access import Decider
from corridor.catalogue import Language, Name
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.gateway.records import Audit, Requirement, Route, Service
from corridor.gateway.records.services import check_one_way
from corridor.gateway.rules.routing import Place
from corridor.gateway.service import Gateway

router = APIRouter(route_class=LimitedRoute, prefix="/gateway", tags=["gateway"])

Wanted = Annotated[Gateway, service(Gateway)]
Deciding = Annotated[Decider, service(Decider)]


class Offer(Part):
    """What a service is called, and in which languages it answers."""

    title: str = Field(max_length=500)
    languages: tuple[Language, ...] = Field(min_length=1)
    """The first is assumed where nothing tells another."""


class Way(Part):
    """How a service reaches models: providers in order, or what they must be."""

    providers: tuple[Name, ...] = ()
    requirement: Requirement | None = None
    default_language: Language | None = None
    audit: Audit | None = None
    """None is as the node does."""

    @model_validator(mode="after")
    def _check_one_way(self) -> Self:
        check_one_way(self.providers, self.requirement)
        return self


class Offered(Part):
    """A service, how it reaches models, and how its decisions are accounted for."""

    service: Service
    route: Route | None
    audit: Audit
    """What holds: as the route says, else the node."""
    unmet: list[Language]
    """The languages in which nobody meets its requirement now."""


class Candidate(Part):
    """A provider that a service could ask."""

    provider: str
    asked: bool
    why: str
    evidence: str | None
    """The record on which its place rests, where one does."""
    issuer: str | None


class Ordered(Part):
    """Who would be asked now, the first one first; then who would not, and why."""

    service: str
    language: str
    providers: list[Candidate]


@router.get("/services")
def list_services(_: Operator, view: Reading, gateway: Wanted, decider: Deciding) -> list[Offered]:
    """List the services with their routes."""
    routes, unmet = gateway.routes(view), gateway.unmet(view)
    of_node: Audit = "strict" if decider.settings.strict_audit else "normal"
    return [
        Offered(
            service=each,
            route=(route := routes.get(name)),
            audit=(route.audit if route else None) or of_node,
            unmet=unmet.get(name, []),
        )
        for name, each in gateway.services(view).items()
    ]


@router.put("/services/{name}")
def offer(name: Name, what: Offer, tx: Tx, gateway: Wanted) -> Service:
    """Offer a service; the same again changes nothing."""
    return gateway.offer(tx, name, what.title, what.languages)


@router.put("/services/{name}/route")
def set_route(name: Name, way: Way, tx: Tx, gateway: Wanted) -> Route:
    """Set whom a service asks, in the place of what was set; the same again changes nothing."""
    return gateway.route(
        tx,
        name,
        way.providers,
        requirement=way.requirement,
        default_language=way.default_language,
        audit=way.audit,
    )


@router.get("/services/{name}/order")
def show_order(
    _: Operator,
    view: Reading,
    gateway: Wanted,
    name: Name,
    language: Annotated[str, Query(max_length=35)] = "",
) -> Ordered:
    """Say who would be asked now, why, and on which evidence; in its default language unless said."""
    told, order = gateway.order(view, name, language)
    asked = [_candidate(place, asked=True) for place in order.places]
    others = [_candidate(place, asked=False) for place in order.left_out]
    return Ordered(service=name, language=told, providers=[*asked, *others])


def _candidate(place: Place, *, asked: bool) -> Candidate:
    entry = place.evidence.kept.entry if place.evidence else None
    return Candidate(
        provider=place.provider.name,
        asked=asked,
        why=place.why,
        evidence=entry.record_id if entry else None,
        issuer=entry.issuer if entry else None,
    )
