"""Drills over HTTP, for the operator: those that were held, and what each found."""

from collections.abc import Generator
from threading import Semaphore
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from corridor.core.errors import TooOften
from corridor.drills.adapters.report import data_of
from corridor.drills.records import DrillResult
from corridor.drills.service import Drills, Reporting
from corridor.edge.http import LimitedRoute, Operator, Reading, service

AT_ONCE, PATIENCE_SECONDS = 2, 20.0
"""So many reports are drawn at the same time in one process; others wait so long, and are refused."""

router = APIRouter(route_class=LimitedRoute, prefix="/drills", tags=["drills"])
Reports = Annotated[Reporting, service(Reporting)]
turns = Semaphore(AT_ONCE)


def _turn() -> Generator[None]:
    if not turns.acquire(timeout=PATIENCE_SECONDS):
        raise TooOften(
            f"{AT_ONCE} reports are being drawn.",
            hint="Ask again in a moment.",
            retry_after=str(int(PATIENCE_SECONDS)),
        )
    try:
        yield
    finally:
        turns.release()


Turn = Depends(_turn, scope="function")


@router.get("")
def drills(
    view: Reading, _: Operator, kept: Annotated[Drills, service(Drills)]
) -> list[DrillResult]:
    """List the drills that were held."""
    return kept.results(view)


@router.get("/results/{record}/report", dependencies=[Turn])
def report(record: str, view: Reading, _: Operator, reports: Reports) -> dict[str, object]:
    """Give the report of a drill as data, drawn from records; a partner's drill too."""
    return data_of(reports.report(view, record))


@router.get("/results/{record}/report.html", response_class=HTMLResponse, dependencies=[Turn])
def report_page(record: str, view: Reading, _: Operator, reports: Reports) -> HTMLResponse:
    """Show the report of a drill as a page that needs nothing else."""
    # Only now: it takes in what draws, which a gateway has no use for.
    from corridor.drills.adapters.report.page import page

    return HTMLResponse(page(reports.report(view, record)))
