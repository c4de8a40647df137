"""What each process that callers reach answers by itself: how it is, and that it begins and ends.

Nothing here needs the framework of the control API.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from corridor.app.health import Health
from corridor.edge.problems import NotTheOperator, problem
from corridor.edge.runtime import Runtime
from corridor.gateway.routes import as_metrics, check_reader, metrics_of

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
NO_STORE = {"cache-control": "no-store"}


async def lived(receive: Receive, send: Send, at_work: AbstractAsyncContextManager[None]) -> None:
    """Answer the server's lifespan: work from its start to its end."""
    await receive()
    async with at_work:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


def health_answer(health: Health) -> Response:
    """Say how a process is; 503 if what it knows is too old for callers."""
    status = 200 if health.fresh else 503
    return JSONResponse(health.model_dump(), status_code=status, headers=NO_STORE)


def metrics_answer(request: Request, runtime: Runtime) -> Response:
    """Return what this process counted, to whoever may read it."""
    try:
        check_reader(request, runtime)
    except NotTheOperator as error:
        return problem(request, error)
    return as_metrics(metrics_of(runtime))
