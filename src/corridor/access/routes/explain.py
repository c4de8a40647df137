"""Why access is decided as it is, over HTTP: for a past request, or an imagined one."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from corridor.access.errors import NotAllowed
from corridor.access.records import Principal, Query, Surface
from corridor.access.routes.acting import Person
from corridor.access.service.account import Account
from corridor.access.service.explaining import Explaining
from corridor.catalogue import Language, Name
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])
SEE_ALL = frozenset({"operator", "approver", "auditor"})


class Imagined(Part):
    """A request as it might be made."""

    principal: Name
    project: Name
    model: Name
    """A provider, or a model that this node or a partner has stated."""
    surface: Surface = "api"
    purpose: Name | None = None
    """The project's if none is said."""
    language: Language
    overseer: bool = False
    tools: tuple[Annotated[str, Field(max_length=64)], ...] = Field(default=(), max_length=64)


Service = Annotated[Explaining, service(Explaining)]


@router.post("/explanations")
def explain(
    imagined: Imagined, view: Reading, person: Person, explaining: Service
) -> dict[str, object]:
    """Say how a request would be decided now, why, and what would change that."""
    if imagined.principal != person.name and not _sees_all(person):
        raise NotAllowed(
            "This explanation is of somebody else's access.",
            hint="Operators, approvers and auditors see all of them.",
        )
    query = Query(
        principal=imagined.principal,
        project=imagined.project,
        model=imagined.model,
        model_sha256="",
        surface=imagined.surface,
        purpose=imagined.purpose or "",
        language=imagined.language,
        overseer=imagined.overseer,
        tools=imagined.tools,
    )
    return explaining.imagined(view, query).shown()


@router.get("/explanations/{request_id}")
def explain_past(
    request_id: str,
    view: Reading,
    person: Person,
    explaining: Service,
    account: Annotated[Account, service(Account)],
) -> list[dict[str, object]]:
    """Say how a past request was decided, by the policies of then; others see their own alone."""
    who = None if _sees_all(person) else account.pseudonym_of(view, person.name)
    return [each.shown() for each in explaining.past(view, request_id, who)]


def _sees_all(person: Principal) -> bool:
    return not SEE_ALL.isdisjoint(person.roles)
