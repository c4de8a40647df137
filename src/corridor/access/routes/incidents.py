"""Incidents in use over HTTP: a caller reports their own request, an auditor a line of the account."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from corridor.access.routes.acting import KeyTx, Person, PersonTx, ShownKey
from corridor.access.service.incidents import UseReports
from corridor.assurance import Finding, Nature, Severity
from corridor.catalogue import Name, Sha256
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, service
from corridor.evaluation import Category

router = APIRouter(route_class=LimitedRoute, prefix="/assurance/reports", tags=["assurance"])
Service = Annotated[UseReports, service(UseReports)]


class Words(BaseModel):
    """What people say of an incident; nobody's personal data, and no text that makes it happen again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field(min_length=5, max_length=200)
    summary: str = Field(min_length=10, max_length=8_000)
    harm: str = Field(default="", max_length=8_000)
    category: Category
    severity: Severity = "medium"
    nature: Nature = "incident"

    def said(self) -> dict[str, object]:
        """Return the words that go into the finding."""
        names = ("title", "summary", "harm", "category", "severity")
        return {name: getattr(self, name) for name in names}


class OfRequest(Words):
    """What a caller reports of a request of theirs."""

    request_id: str = Field(min_length=1, max_length=64)
    """The x-request-id of the answer."""


class OfLine(Words):
    """What an auditor found in a line of the account."""

    line: int = Field(ge=0)
    """Its position in the node's audit log."""
    model: Name | None = None
    """Where the line names none, or another one is meant."""
    sha256: Sha256 | None = None


class Taken(Part):
    """That a report was kept, and as what."""

    finding: str
    model: str
    model_sha256: Sha256
    source: str


@router.post("/requests", status_code=201)
def of_request(tx: KeyTx, key: ShownKey, reports: Service, told: OfRequest) -> Taken:
    """Report what went wrong in a request of your own, with the key that it was made with."""
    return _taken(reports.of_request(tx, key, told.request_id, told.said(), told.nature))


@router.post("/lines", status_code=201)
def of_line(tx: PersonTx, person: Person, reports: Service, told: OfLine) -> Taken:
    """Open an incident from a line of the account, as an auditor or operator."""
    return _taken(
        reports.of_line(tx, person, told.line, told.said(), told.nature, told.model, told.sha256)
    )


def _taken(finding: Finding) -> Taken:
    return Taken(
        finding=finding.id,
        model=finding.model,
        model_sha256=finding.model_sha256,
        source=finding.source,
    )
