"""Why access is decided as it is, over HTTP: for a past request, or an imagined one."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from corridor.access.errors import NotAllowed
from corridor.access.records import Principal, Query, Surface
from corridor.access.routes.acting import Person
from corridor.access.service.account import Account
from corridor.access.service.decider import Decider
from corridor.catalogue import Catalogue, Language, Name
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])
SEE_ALL = frozenset({"operator", "approver", "auditor"})


class Imagined(Part):
    """A request as it might be made."""

    principal: Name
    project: Name
    model: Name
    """A model that this node or a partner has stated."""
    surface: Surface = "api"
    purpose: Name | None = None
    """The project's if none is said."""
    language: Language
    overseer: bool = False
    tools: tuple[Annotated[str, Field(max_length=64)], ...] = Field(default=(), max_length=64)


@router.post("/explanations")
def explain(
    imagined: Imagined,
    view: Reading,
    person: Person,
    decider: Annotated[Decider, service(Decider)],
    catalogue: Annotated[Catalogue, service(Catalogue)],
) -> dict[str, object]:
    """Say how a request would be decided now, why, and what would change that."""
    _check_theirs(person, imagined.principal)
    query = Query(
        principal=imagined.principal,
        project=imagined.project,
        model=imagined.model,
        model_sha256=catalogue.stated_digest(view, imagined.model),
        surface=imagined.surface,
        purpose=imagined.purpose or "",
        language=imagined.language,
        overseer=imagined.overseer,
        tools=imagined.tools,
    )
    return decider.explain(query).shown()


@router.get("/explanations/{request_id}")
def explain_past(
    request_id: str,
    view: Reading,
    person: Person,
    decider: Annotated[Decider, service(Decider)],
    account: Annotated[Account, service(Account)],
) -> list[dict[str, object]]:
    """Say how a past request was decided, by the policies of then."""
    _check_theirs(person, None)
    return [
        decider.recalled(
            each.decided, decider.policies.at_version(view, each.decided.policy_version)
        ).shown()
        for each in account.of_request(view, request_id)
    ]


def _check_theirs(person: Principal, principal: str | None) -> None:
    if principal != person.name and not SEE_ALL & set(person.roles):
        raise NotAllowed(
            "This explanation is of somebody else's access.",
            hint="Operators, approvers and auditors see all of them.",
        )
