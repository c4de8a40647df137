"""Retention over HTTP: what is to be kept of projects, and what is; for the operator of the node."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field, model_validator

from corridor.catalogue import Name
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service
from corridor.gateway.records import Kept, Retention
from corridor.gateway.service import Retaining
from corridor.gateway.store import RetainedBody

router = APIRouter(route_class=LimitedRoute, prefix="/gateway", tags=["gateway"])

Wanted = Annotated[Retaining, service(Retaining)]


class Keep(Part):
    """Which bodies are kept, for how many days, and why; 0 days for none."""

    days: int = Field(ge=0, le=3650)
    what: Kept = "both"
    reason: str = Field(min_length=1, max_length=500)


class Purge(Part):
    """Whose bodies are deleted, and why."""

    reason: str = Field(min_length=1, max_length=500)
    project: Name | None = None
    request_id: str | None = Field(default=None, min_length=1, max_length=64)
    everything: bool = False
    """Of all projects; only where nothing else is named."""

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if (self.project or self.request_id) is None and not self.everything:
            raise ValueError("name a project or a request_id, or say everything")
        return self


class Purged(Part):
    """How many bodies were deleted."""

    deleted: int


@router.get("/retention")
def list_retention(_: Operator, view: Reading, retaining: Wanted) -> list[Retention]:
    """List of which projects something is kept."""
    return [rule for rule in retaining.stated(view).values() if rule.days]


@router.put("/retention/{project}")
def set_retention(project: Name, what: Keep, tx: Tx, retaining: Wanted) -> Retention:
    """State what is kept of a project's requests from now on, encrypted."""
    return retaining.retain(tx, project, what.days, what.what, what.reason)


@router.get("/retained")
def list_retained(
    _: Operator, view: Reading, retaining: Wanted, project: Name | None = None
) -> list[RetainedBody]:
    """List what is kept, without the bodies."""
    return list(retaining.listed(view, project))


@router.get("/retained/{request_id}")
def show_retained(request_id: str, tx: Tx, retaining: Wanted) -> dict[str, str]:
    """Show the bodies of a request, `request` and `answer`; the audit log keeps that they were."""
    found = retaining.show(tx, request_id)
    return {part: data.decode("utf-8", "replace") for part, data in found.items()}


@router.post("/retained/purge")
def purge(what: Purge, tx: Tx, retaining: Wanted) -> Purged:
    """Delete bodies before they expire."""
    return Purged(deleted=retaining.purge(tx, what.reason, what.project, what.request_id))
