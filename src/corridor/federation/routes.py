"""The exchange over HTTP: who this node is, its log, and for the operator its partners."""

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response

from corridor.core.tiles import tile_at
from corridor.edge.http import LimitedRoute, Operator, Reading, runtime_of, service
from corridor.federation.ports import Card, Page, SignedRequest
from corridor.federation.records import PartnerStatus
from corridor.federation.service import Federation

router = APIRouter(route_class=LimitedRoute, tags=["federation"])

Service = Annotated[Federation, service(Federation)]
MAX_POSITION = 2**53


@router.get("/.well-known/corridor.json")
def card(request: Request, federation: Service) -> Card:
    """Say who this node is. Compare the fingerprint with its operator before trusting it."""
    return federation.own_card(runtime_of(request).address)


@router.get("/checkpoint", response_class=PlainTextResponse)
def checkpoint(view: Reading) -> PlainTextResponse:
    """Show the size and root of this node's log, as a C2SP signed note."""
    return PlainTextResponse(view.checkpoint(), headers={"cache-control": "no-store"})


@router.get("/tile/{address:path}", response_class=Response)
def tile(address: str, view: Reading) -> Response:
    """Show a tile of this node's log (C2SP tlog-tiles); it never changes.

    An entry is a salted commitment to a record's envelope: everyone sees the same tiles, and who
    may see the envelope gets it at /federation/entries.
    """
    content = view.tile(tile_at(address))
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/federation/entries", response_model_exclude_none=True)
def entries(
    request: Request,
    view: Reading,
    federation: Service,
    start: Annotated[int, Query(ge=0, le=MAX_POSITION)] = 0,
) -> Page:
    """Show a stretch of this node's log.

    Every commitment is shown to everyone; public records to everyone; records for partners only if
    the request bears a partner's signature (RFC 9421); internal records to nobody.
    """
    asker = federation.asker(view, _as_signed(request))
    return federation.page(view, start, asker)


@router.get("/partners")
def partners(_: Operator, view: Reading, federation: Service) -> list[PartnerStatus]:
    """List the partners and how the exchange with each stands."""
    return federation.partners(view)


def _as_signed(request: Request) -> SignedRequest:
    # What the asker addressed is our own address, whatever a proxy made of it on the way. The
    # parts are taken as they came: request.url also parses the Host header, which may be anything.
    query = cast("bytes", request.scope["query_string"]).decode("latin-1")
    target = f"{runtime_of(request).address}{request.scope['path']}"
    return SignedRequest(
        method=request.method,
        url=f"{target}?{query}" if query else target,
        headers={name: ", ".join(request.headers.getlist(name)) for name in request.headers},
    )
