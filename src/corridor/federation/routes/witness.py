"""This node as a witness of its partners' logs (C2SP tlog-witness), and gossip about them.

Whatever /add-checkpoint answers is plain text, as the standard has it; its statuses are those of the
standard, which are not always those of a kind of error elsewhere.
"""

import math
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import PlainTextResponse

from corridor.core.errors import CorridorError, Forbidden, NotFound, Unavailable
from corridor.core.notes import MAX_NOTE_BYTES
from corridor.edge.http import LimitedRoute, Reading, runtime_of, service
from corridor.edge.runtime import Runtime
from corridor.federation.errors import (
    Inconsistent,
    NotAPartner,
    NotASubmission,
    TooOften,
    TwoTrees,
    WrongOldSize,
)
from corridor.federation.ports import Seen, SeenLogs
from corridor.federation.routes.asking import signed_request
from corridor.federation.rules.witnessing import Submission, node_of, submission_of
from corridor.federation.service import Cosigner, Federation, Gossip

router = APIRouter(route_class=LimitedRoute, tags=["witness"])

MAX_BODY_BYTES = MAX_NOTE_BYTES + 64 * 64
"""A note, and the lines before it."""
ACTOR = "witness"
STATUS: dict[type[CorridorError], int] = {
    NotASubmission: 400,
    Inconsistent: 422,
    NotFound: 404,
    Forbidden: 403,
    Unavailable: 503,
}


async def _body(request: Request) -> bytes | None:
    """Read a body up to the limit; None if it goes on."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


@router.post("/add-checkpoint", response_class=PlainTextResponse)
def add_checkpoint(
    request: Request, body: Annotated[bytes | None, Depends(_body)]
) -> PlainTextResponse:
    """Cosign a partner's checkpoint that grew out of the last one (C2SP tlog-witness).

    The body is an old size, a consistency proof, an empty line and the signed note. What is
    cosigned is kept before the answer is sent.
    """
    if body is None:
        return PlainTextResponse(f"At most {MAX_BODY_BYTES} bytes.\n", 413)
    runtime = runtime_of(request)
    try:
        submission = submission_of(body)
        return PlainTextResponse(_cosigned(runtime, submission))
    except (WrongOldSize, TwoTrees) as error:
        return PlainTextResponse(f"{error.size}\n", 409, media_type="text/x.tlog.size")
    except TooOften as error:
        after = {"retry-after": str(math.ceil(error.seconds))}
        return PlainTextResponse(f"{error.message}\n", 429, after)
    except CorridorError as error:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return PlainTextResponse(f"{error.message}\n", status)


@router.get("/witness/{origin_hash}/checkpoint", response_class=PlainTextResponse)
def cosigned_checkpoint(
    origin_hash: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    view: Reading,
    cosigner: Annotated[Cosigner, service(Cosigner)],
) -> PlainTextResponse:
    """Show the last checkpoint that this node cosigned of a log, by the SHA-256 of its origin."""
    note = cosigner.shown(view, origin_hash)
    return PlainTextResponse(note, headers={"cache-control": "no-store"})


@router.get("/federation/seen")
def seen(
    request: Request,
    view: Reading,
    federation: Annotated[Federation, service(Federation)],
    gossip: Annotated[Gossip, service(Gossip)],
) -> SeenLogs:
    """Show active partners the newest checkpoints that this node saw of its partners' logs."""
    if federation.asker(view, signed_request(request)) is None:
        raise NotAPartner("Only partners are told what was seen of others' logs.")
    return gossip.seen(view)


def _cosigned(runtime: Runtime, submission: Submission) -> str:
    """Return the cosignature, committed; a checkpoint that contradicts what is known is kept."""
    cosigner = runtime.service(Cosigner)
    try:
        with runtime.store.view() as view:
            if given := cosigner.given(view, submission):
                return given
        with runtime.store.transaction(ACTOR) as tx:
            return cosigner.cosign(tx, submission)
    except (Inconsistent, WrongOldSize) as error:
        _keep_contradiction(runtime, submission, error)
        raise


def _keep_contradiction(runtime: Runtime, submission: Submission, error: CorridorError) -> None:
    gossip, checkpoint = runtime.service(Gossip), submission.checkpoint
    shown = SeenLogs(logs=(Seen(origin=checkpoint.origin, note=submission.note),))
    with runtime.store.view() as view:
        if not isinstance(error, Inconsistent) and not gossip.contradicts(view, checkpoint):
            return
        if not gossip.is_news(view, shown):
            return
    with runtime.store.transaction(ACTOR) as tx:
        gossip.hear(tx, node_of(checkpoint.origin) or "", shown)
