"""The account over HTTP: auditors and operators see all of it, others their own decisions."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from corridor.access.errors import NotAllowed
from corridor.access.records import Principal
from corridor.access.records.account import Accounted, Section
from corridor.access.routes.acting import Person
from corridor.access.service.account import Account
from corridor.access.service.reports import Reports
from corridor.access.store.account import Which
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])

SEE_ALL = frozenset({"auditor", "operator"})
Text = Annotated[str | None, Query(max_length=64)]
Moment = Annotated[AwareDatetime | None, Query(description="With a time zone.")]


class Audit(Part):
    """Decisions that were asked for, the newest first, and how many there are in all."""

    allowed: int
    denied: int
    decisions: tuple[Accounted, ...]


@router.get("/audit")
def audit(
    person: Person,
    view: Reading,
    account: Annotated[Account, service(Account)],
    of: Annotated[Text, Query(description="The name of a principal.")] = None,
    who: Annotated[Text, Query(description="A pseudonym, as a partner names it.")] = None,
    model: Annotated[Text, Query(description="A model's name or digest.")] = None,
    purpose: Text = None,
    outcome: Literal["allowed", "denied"] | None = None,
    since: Moment = None,
    until: Moment = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Audit:
    """Show decisions; who is neither auditor nor operator sees their own."""
    if not _sees_all(person):
        if who is not None or of not in (None, person.name):
            raise NotAllowed("Only an auditor or an operator sees the decisions about others.")
        of = person.name
    which = Which(
        since=since and since.timestamp(),
        until=until and until.timestamp(),
        who=account.pseudonym_of(view, of) if of else who,
        home=view.identity.name if of else None,
        model=model,
        purpose=purpose,
        allowed=None if outcome is None else outcome == "allowed",
    )
    allowed, denied = account.totals(view, which)
    found = account.decided_between(view, which, limit)
    return Audit(allowed=allowed, denied=denied, decisions=tuple(found))


@router.get("/reports/{month}")
def report(
    person: Person,
    view: Reading,
    reports: Annotated[Reports, service(Reports)],
    month: Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")],
) -> list[Section]:
    """Show a month of decisions in counts that hide small groups, by node."""
    if not _sees_all(person):
        raise NotAllowed("Only an auditor or an operator sees reports.")
    return reports.report(view, month)


def _sees_all(person: Principal) -> bool:
    return not SEE_ALL.isdisjoint(person.roles)
