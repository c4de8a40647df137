"""What nodes ask each other about access, and what this node's people see and decide of it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from corridor.access.errors import NotTrusted
from corridor.access.records import Resolution
from corridor.access.records.borders import LeaseStanding, ResolutionStanding, Told
from corridor.access.routes.acting import Person, PersonTx
from corridor.access.service.borders import Borders
from corridor.access.service.resolutions import Resolutions
from corridor.core.store import View
from corridor.edge.http import (
    LimitedRoute,
    Operator,
    Reading,
    Tx,
    as_addressed,
    runtime_of,
    service,
)
from corridor.federation import Federation, Partner, SignedRequest

router = APIRouter(route_class=LimitedRoute, tags=["access"])

NOT_KEPT = {"cache-control": "no-store"}
"""No proxy keeps a lease, which ages, or a name."""

Lending = Annotated[Borders, service(Borders)]
Asking = Annotated[Resolutions, service(Resolutions)]
Reason = Annotated[str, Field(min_length=10, max_length=2_000)]
"""All partners can read it; it names nobody."""


class Question(BaseModel):
    """Who is a pseudonym? The node that issued the grant is asked."""

    model_config = ConfigDict(extra="forbid")

    pseudonym: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    grant_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    reason: Reason


class Answer(BaseModel):
    """Whether a partner is told who a pseudonym is, and why."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["answered", "refused"]
    reason: Reason


@router.get(
    "/access/lease",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "A DSSE envelope."}},
)
def lease(request: Request, borders: Lending) -> Response:
    """Vouch before a partner, which signed its request (RFC 9421), for this node's grants now."""
    store, made_at = runtime_of(request).store, borders.clock()
    with store.view() as view:
        envelope = borders.vouch(view, _partner(request, view).name, made_at)
    return Response(envelope, media_type="application/json", headers=NOT_KEPT)


@router.get("/access/leases")
def leases(_: Operator, view: Reading, borders: Lending) -> list[LeaseStanding]:
    """List which partners have vouched for their grants, and whether their logs are read so far."""
    return borders.leases(view)


@router.get("/access/resolutions")
def resolutions(_: Operator, view: Reading, asking: Asking) -> list[ResolutionStanding]:
    """List the questions who a pseudonym is: those asked of this node, and its own."""
    return asking.standings(view)


@router.post("/access/resolutions", status_code=201)
def ask(question: Question, tx: Tx, asking: Asking) -> Resolution:
    """Ask the node that issued a grant who its grantee is; all partners can read the question."""
    return asking.ask(tx, question.pseudonym, question.grant_id, question.reason)


@router.post("/access/resolutions/{resolution_id}/answer", status_code=201)
def answer(
    resolution_id: str,
    body: Answer,
    person: Person,
    tx: PersonTx,
    asking: Asking,
) -> Resolution:
    """Decide whether a partner is told who a pseudonym is."""
    return asking.answer(tx, person, resolution_id, body.outcome, body.reason)


@router.get("/access/resolutions/{resolution_id}")
def told(request: Request, response: Response, resolution_id: str, asking: Asking) -> Told:
    """Tell the partner that asked, which signed its request (RFC 9421), who a pseudonym is."""
    store = runtime_of(request).store
    with store.view() as view:
        asker = _partner(request, view)
    response.headers.update(NOT_KEPT)
    with store.transaction(f"partner {asker.name}") as tx:
        return asking.tell(tx, asker, resolution_id)


def _partner(request: Request, view: View) -> Partner:
    """Return the active partner that signed a request.

    Raises:
        NotAPartner: if another did.
        NotTrusted: if nobody did.
    """
    method, url, headers = as_addressed(request)
    asked = SignedRequest(method=method, url=url, headers=headers)
    partner = runtime_of(request).service(Federation).asker(view, asked)
    if partner is None:
        raise NotTrusted(
            "Only partners may ask this.", hint="Sign the request as a partner (RFC 9421)."
        )
    return partner
