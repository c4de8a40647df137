"""The whole set-up of the gateway over HTTP, for the operator of the node."""

from typing import Annotated

from fastapi import APIRouter, Request

from corridor.core.records import Part
from corridor.edge.http import LimitedRoute, Operator, Reading, runtime_of, service
from corridor.gateway.rules.set_up import SetUp
from corridor.gateway.service import Applying
from corridor.gateway.service.applying import Change

router = APIRouter(route_class=LimitedRoute, prefix="/gateway", tags=["gateway"])

Wanted = Annotated[Applying, service(Applying)]


class Applied(Part):
    """What became of each item."""

    dry_run: bool
    changed: int
    """How many are new or other than before."""
    items: list[Change]


@router.get("/set-up")
def export(_: Operator, view: Reading, applying: Wanted) -> SetUp:
    """Return services, routes, limits, prices in force, guards and retention, as they are now."""
    return applying.export(view)


@router.post("/set-up")
def apply(
    request: Request, actor: Operator, wanted: SetUp, applying: Wanted, *, dry_run: bool = False
) -> Applied:
    """Set all that is named, whole or not at all; an error names the place, as `routes.1`.

    With `dry_run` nothing is kept.
    """
    store = runtime_of(request).store
    if dry_run:
        changes = applying.tried(store, wanted)
    else:
        with store.transaction(actor) as tx:
            changes = applying.apply(tx, wanted)
    changed = sum(each.how != "unchanged" for each in changes)
    return Applied(dry_run=dry_run, changed=changed, items=changes)
