"""A drill while it runs, over HTTP: as it is now, as events, as a page, and its end."""

import asyncio
import time
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Annotated

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from corridor.drills.errors import NoDrill
from corridor.drills.records import DrillStarted
from corridor.drills.service import Rehearsals
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, runtime_of, service
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
def live(_: Operator, view: Reading, rehearsals: Wanted) -> dict[str, object]:
    """Show the drill that runs; 404 if none does."""
    return dict(rehearsals.running(view)[1].shown)


@router.get(
    "/live/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": EVENT}}}},
)
def events(_: Operator, request: Request) -> StreamingResponse:
    """Show the drill that runs as server-sent events, one for each change, until it is over."""
    runtime = runtime_of(request)
    return StreamingResponse(
        _events(runtime), media_type="text/event-stream", headers={"cache-control": "no-store"}
    )


@router.get("/watch", response_class=HTMLResponse)
def watch() -> str:
    """Return the page that shows the drill that runs to whoever has the operator's token."""
    return PAGE.read_text("utf-8")


@router.post("/live/abort")
def abort(tx: Tx, rehearsals: Wanted, why: Why) -> DrillStarted:
    """End the drill that runs: what it suspended is open again at once."""
    return rehearsals.abort(tx, why.reason)


async def _events(runtime: Runtime) -> AsyncIterator[bytes]:
    end, last = time.monotonic() + LONGEST_SECONDS, b""
    while time.monotonic() < end:
        now = await asyncio.to_thread(_now, runtime)
        if now is None:
            yield b"event: over\ndata: {}\n\n"
            return
        if now != last:
            yield b"data: " + now + b"\n\n"
            last = now
        await asyncio.sleep(LOOK_SECONDS)


def _now(runtime: Runtime) -> bytes | None:
    try:
        with runtime.store.view() as view:
            return orjson.dumps(dict(runtime.service(Rehearsals).running(view)[1].shown))
    except NoDrill:
        return None
