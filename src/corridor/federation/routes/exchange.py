"""The records behind the log's commitments, for those who may see them."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from corridor.core.store import Store
from corridor.core.tiles import LARGEST_LOG
from corridor.edge.http import LimitedRoute, runtime_of, service
from corridor.federation.ports import LogEntry
from corridor.federation.records import Partner
from corridor.federation.routes.asking import signed_request
from corridor.federation.service import Exchange, Federation

router = APIRouter(route_class=LimitedRoute, tags=["federation"])

LINES = "application/x-ndjson"


@router.get(
    "/federation/entries",
    response_class=StreamingResponse,
    responses={200: {"content": {LINES: {}}, "description": "One entry a line."}},
)
def entries(
    request: Request,
    federation: Annotated[Federation, service(Federation)],
    exchange: Annotated[Exchange, service(Exchange)],
    start: Annotated[int, Query(ge=0, le=LARGEST_LOG)] = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LOG)] = LARGEST_LOG,
    log: str | None = None,
) -> StreamingResponse:
    """Show a stretch of this node's log, a JSON object a line; there may be more after it.

    Every commitment is shown to everyone; public records to everyone; records for partners only if
    the request bears a partner's signature (RFC 9421); internal records to nobody. A partner may
    also ask for its own `log`, as far as it is held here.
    """
    shared = runtime_of(request).store
    with shared.view() as view:
        asker = federation.asker(view, signed_request(request))
        first = exchange.page(view, start, limit, asker, log)
    return StreamingResponse(_lines(shared, exchange, first, limit, asker, log), media_type=LINES)


def _lines(
    shared: Store,
    exchange: Exchange,
    found: list[LogEntry],
    limit: int,
    asker: Partner | None,
    log: str | None,
) -> Iterator[bytes]:
    """Yield entries as far as one answer goes; no view is held open while a slow reader reads."""
    left = min(limit, exchange.settings.page_entries)
    room = exchange.settings.page_bytes
    while found:
        lines = [entry.model_dump_json(exclude_none=True) for entry in found[:left]]
        yield ("\n".join(lines) + "\n").encode()
        left -= len(lines)
        room -= sum(entry.cost for entry in found)
        if left <= 0 or room <= 0:
            return
        with shared.view() as view:
            found = exchange.page(view, found[-1].position + 1, left, asker, log)
