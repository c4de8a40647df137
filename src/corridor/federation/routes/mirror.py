"""What this node holds of a partner's log, for that partner alone: it may have lost it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from corridor.edge.http import LimitedRoute, Reading, service
from corridor.federation.ports import NODE_NAME, Mirror, Mirrored
from corridor.federation.routes.asking import signed_request
from corridor.federation.service import Federation, LogRecovery

router = APIRouter(route_class=LimitedRoute, tags=["federation"])

MAX_POSITION = 2**53
Name = Annotated[str, Path(pattern=NODE_NAME)]
Partners = Annotated[Federation, service(Federation)]
Service = Annotated[LogRecovery, service(LogRecovery)]


@router.get("/federation/mirror/{name}")
def mirror(
    name: Name, request: Request, view: Reading, federation: Partners, recovery: Service
) -> Mirror:
    """Show a partner how much of its own log is held here, and its newest checkpoints."""
    return recovery.mirror(view, federation.asker(view, signed_request(request)), name)


@router.get("/federation/mirror/{name}/entries", response_model_exclude_none=True)
def mirrored(
    name: Name,
    request: Request,
    view: Reading,
    federation: Partners,
    recovery: Service,
    start: Annotated[int, Query(ge=0, le=MAX_POSITION)] = 0,
    brief: Annotated[bool, Query()] = False,
) -> Mirrored:
    """Show a partner a stretch of its own log, with the records that it once showed this node."""
    asker = federation.asker(view, signed_request(request))
    return recovery.mirrored(view, asker, name, start, brief=brief)
