"""The door for a node that was invited; whoever has no invitation leaves nothing behind."""

from typing import Annotated

from fastapi import APIRouter, Request

from corridor.edge.http import LimitedRoute, runtime_of, service
from corridor.federation.ports import Acceptance
from corridor.federation.service import Introductions

router = APIRouter(route_class=LimitedRoute, tags=["federation"])

ACTOR = "federation"


@router.post("/federation/acceptances", status_code=202)
def accept(
    request: Request,
    acceptance: Acceptance,
    introductions: Annotated[Introductions, service(Introductions)],
) -> dict[str, str]:
    """Keep a node that accepted an invitation as waiting, until this node's operator decides.

    The acceptance is signed by that node; an invitation can be used once.
    """
    store = runtime_of(request).store
    with store.view() as view:  # a stranger must not make anybody wait for the writer
        introductions.check(view, acceptance)
    with store.transaction(ACTOR) as tx:
        introductions.receive(tx, acceptance)
    return {"standing": "waiting"}
