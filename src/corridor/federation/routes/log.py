"""The node's log over HTTP, for everybody: checkpoint and tiles, as C2SP tlog-tiles has them.

Of the second log, the account of what was done here, checkpoints and proofs are shown, never entries.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response

from corridor.core.tiles import tile_at
from corridor.edge.http import LimitedRoute, Reading, service
from corridor.federation.ports import AuditProof
from corridor.federation.service import Witness

router = APIRouter(route_class=LimitedRoute, tags=["log"])


MAX_SIZE = 2**53
Service = Annotated[Witness, service(Witness)]


@router.get("/checkpoint", response_class=PlainTextResponse)
def checkpoint(view: Reading, witness: Service) -> PlainTextResponse:
    """Show the size and root of this node's log, as a C2SP signed note, and who cosigned it."""
    return _note(witness.checkpoint(view))


@router.get("/checkpoint/settled", response_class=PlainTextResponse)
def settled_checkpoint(view: Reading, witness: Service) -> PlainTextResponse:
    """Show the newest checkpoint of this node's log that enough witnesses cosigned."""
    return _note(witness.must_be_settled(view))


@router.get("/audit/checkpoint", response_class=PlainTextResponse)
def audit_checkpoint(view: Reading, witness: Service) -> PlainTextResponse:
    """Show how many acts the account of this node has, and their root; never what they say."""
    return _note(witness.checkpoint(view, view.audit_log))


@router.get("/audit/checkpoint/settled", response_class=PlainTextResponse)
def settled_audit_checkpoint(view: Reading, witness: Service) -> PlainTextResponse:
    """Show the newest checkpoint of the account of this node that enough witnesses cosigned."""
    return _note(witness.must_be_settled(view, view.audit_log))


@router.get("/audit/consistency")
def audit_consistency(
    view: Reading,
    old: Annotated[int, Query(ge=0, le=MAX_SIZE)],
    new: Annotated[int, Query(ge=0, le=MAX_SIZE)],
) -> AuditProof:
    """Show that the account of this node at a size begins with what it was at a smaller one.

    The hashes are over salted commitments: they tell nothing of the acts.
    """
    proof = view.consistency(old, view.audit_log, new)
    root = view.log_root(view.audit_log, old).hex()
    return AuditProof(old=old, new=new, root=root, proof=tuple(hash_.hex() for hash_ in proof))


@router.get("/tile/{address:path}", response_class=Response)
def tile(address: str, view: Reading) -> Response:
    """Show a tile of this node's log (C2SP tlog-tiles); it never changes.

    An entry is a salted commitment to a record's envelope: everyone sees the same tiles, and who
    may see the envelope gets it at /federation/entries.
    """
    content = view.tile(tile_at(address))
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _note(note: str) -> PlainTextResponse:
    return PlainTextResponse(note, headers={"cache-control": "no-store"})
