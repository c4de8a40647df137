"""A drill while it runs, over HTTP: as it is now, as events, as a page, and its end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib.resources import files
from typing import Annotated

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from corridor.access import NotPermitted, Principal
from corridor.drills.errors import NoDrill
from corridor.drills.records import DrillStarted
from corridor.drills.routes.acting import Asker, acting
from corridor.drills.service import Rehearsals
from corridor.edge.http import LimitedRoute, Reading, runtime_of, service
from corridor.edge.runtime import Runtime

router = APIRouter(route_class=LimitedRoute, prefix="/drills", tags=["drills"])
Wanted = Annotated[Rehearsals, service(Rehearsals)]

LOOK_SECONDS = 0.5
LONGEST_SECONDS = 3600.0
"""After so long a watcher has to come again."""
EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["data"],
}
PAGE = files("corridor.drills.adapters") / "templates" / "watch.html"


class Why(BaseModel):
    """Why a drill is to end."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=500)


@router.get("/live")
def live(asker: Asker, view: Reading, rehearsals: Wanted) -> dict[str, object]:
    """Show the drill that runs; 404 if none does."""
    return dict(rehearsals.watch(view, asker).shown)


@router.get(
    "/live/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": EVENT}}}},
)
def events(asker: Asker, request: Request, view: Reading, rehearsals: Wanted) -> StreamingResponse:
    """Show the drill that runs as server-sent events, one for each change, until it is over."""
    runtime = runtime_of(request)
    with suppress(NoDrill):
        rehearsals.watch(view, asker)  # a refusal is an answer, not an event
    return StreamingResponse(
        _events(runtime, asker),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


@router.get("/watch", response_class=HTMLResponse)
def watch() -> str:
    """Return the page that shows the drill that runs to whoever shows it what may see it."""
    return PAGE.read_text("utf-8")


@router.post("/live/abort")
def abort(request: Request, asker: Asker, rehearsals: Wanted, why: Why) -> DrillStarted:
    """End the drill that runs: what it suspended is open again at once."""
    with acting(runtime_of(request), asker, "drill.abort") as tx:
        return rehearsals.abort(tx, why.reason, asker)


async def _events(runtime: Runtime, asker: Principal | None) -> AsyncIterator[bytes]:
    end, last = time.monotonic() + LONGEST_SECONDS, b""
    while time.monotonic() < end:
        now = await asyncio.to_thread(_now, runtime, asker)
        if now is None:
            yield b"event: over\ndata: {}\n\n"
            return
        if now != last:
            yield b"data: " + now + b"\n\n"
            last = now
        await asyncio.sleep(LOOK_SECONDS)


def _now(runtime: Runtime, asker: Principal | None) -> bytes | None:
    """Return what is seen; None where nothing is any more, or may be by who asks."""
    try:
        with runtime.store.view() as view:
            return orjson.dumps(dict(runtime.service(Rehearsals).watch(view, asker).shown))
    except (NoDrill, NotPermitted):
        return None
