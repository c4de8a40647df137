"""The account over HTTP: auditors and operators see all of it, others their own decisions."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from corridor.access.errors import NotAllowed
from corridor.access.records import Principal
from corridor.access.records.account import Accounted, Checked, Report, Section, Vouch
from corridor.access.routes.acting import Person, PersonTx
from corridor.access.service.account import Account
from corridor.access.service.reports import Reports
from corridor.access.store.account import Which
from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/access", tags=["access"])

SEE_ALL = frozenset({"auditor", "operator"})
Text = Annotated[str | None, Query(max_length=64)]
Moment = Annotated[AwareDatetime | None, Query(description="With a time zone.")]
Month = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="UTC: 2026-11.")]
Service = Annotated[Account, service(Account)]
Telling = Annotated[Reports, service(Reports)]


class Audit(Part):
    """Decisions that were asked for, the newest first, and how many there are in all."""

    allowed: int
    denied: int
    decisions: tuple[Accounted, ...]


class ReportTold(Part):
    """What a node told of a month."""

    report: Report
    vouch: Vouch | None
    """Whether this node can vouch for it; None where the report is its own."""


@router.get("/audit")
def audit(
    person: Person,
    view: Reading,
    account: Service,
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


@router.get("/audit/verification")
def verify(person: Person, view: Reading, account: Service) -> list[Checked]:
    """Check the whole account: each audit log against its tree, the index against the log."""
    _check_sees_all(person, "checks the account")
    return account.checked(view)


@router.get("/reports/{month}")
def report(person: Person, view: Reading, reports: Telling, month: Month) -> list[Section]:
    """Show a month of decisions in counts that hide small groups, by node."""
    _check_sees_all(person, "sees reports")
    return reports.report(view, month)


@router.post("/reports/{month}", status_code=201)
def publish(person: Person, tx: PersonTx, reports: Telling, month: Month) -> Report:
    """Tell the partners a month that is over; once. Only an operator does."""
    if "operator" not in person.roles:
        raise NotAllowed("Only an operator tells a month to the partners.")
    return reports.publish_report(tx, month)


@router.get("/reports/{month}/told/{node}")
def told(
    person: Person,
    view: Reading,
    reports: Telling,
    month: Month,
    node: Annotated[str, Path(max_length=63)],
) -> ReportTold:
    """Show what a node told of a month, and whether this node can vouch for it.

    A partner may have to be asked for a proof first: 503 if it does not answer.
    """
    _check_sees_all(person, "sees reports")
    found = reports.told(view, month, node)
    return ReportTold(report=found.report, vouch=asyncio.run(reports.vouched(found)))


def _sees_all(person: Principal) -> bool:
    return not SEE_ALL.isdisjoint(person.roles)


def _check_sees_all(person: Principal, does: str) -> None:
    if not _sees_all(person):
        raise NotAllowed(f"Only an auditor or an operator {does}.")
