"""The node as a web application: the control API, and the gateway's address beside it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from corridor import __version__
from corridor.access import routes as access
from corridor.app.background import at_work
from corridor.app.health import Health, health_of
from corridor.app.status import Status, status_of_node
from corridor.assurance import routes as assurance
from corridor.catalogue import routes as catalogue
from corridor.core.errors import CorridorError
from corridor.core.jobs import Job, job_by_id
from corridor.drills import routes as drills
from corridor.edge.http import (
    PROBLEM,
    Operator,
    Reading,
    as_problem,
    malformed,
    problem,
    runtime_of,
    unknown_address,
)
from corridor.edge.limits import Limits
from corridor.edge.runtime import Runtime
from corridor.edge.serving import Server, server_of
from corridor.evaluation import routes as evaluation
from corridor.federation import routes as federation
from corridor.gateway import Proxy
from corridor.gateway import routes as gateway
from corridor.gateway.routes import OpenAIDoor
from corridor.supply_chain import routes as supply_chain

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class NodeApp:
    """Sends `/v1` to the gateway and all else to the control API."""

    control: FastAPI
    door: OpenAIDoor

    def served_by(self, limits: Limits) -> Server:
        """Return the server of this application, which can tell then what it has under way."""
        server: Server = server_of(self, limits)
        self.control.state.server = server
        return server

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle one connection, or the start and end of the server."""
        if scope["type"] == "http" and str(scope["path"]).startswith("/v1/"):
            await self.door(scope, receive, send)
        else:
            await self.control(dict(scope), receive, send)  # pyright: ignore[reportArgumentType]


def create_app(runtime: Runtime) -> NodeApp:
    """Return the application that serves a node."""
    app = FastAPI(
        title=f"Corridor node {runtime.identity.name}",
        version=__version__,
        lifespan=_background,
        docs_url=None,  # these pages load scripts from elsewhere; /openapi.json is served
        redoc_url=None,
        responses={"4XX": PROBLEM, "503": PROBLEM},
    )
    app.state.runtime = runtime
    app.state.server = None
    app.add_exception_handler(CorridorError, problem)
    app.add_exception_handler(HTTPException, unknown_address)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(Exception, _defect)
    parts = (
        federation,
        catalogue,
        evaluation,
        assurance,
        access,
        gateway,
        supply_chain,
        drills,
    )
    for router in (part.router for part in parts):
        app.include_router(router)
    stale: dict[int | str, dict[str, Any]] = {
        503: {"model": Health, "description": "What it knows is too old."}
    }
    app.get("/health", tags=["node"], responses=stale)(show_health)
    app.get("/node", tags=["node"])(show_node)
    app.get("/jobs/{job_id}", tags=["node"])(show_job)
    return NodeApp(app, OpenAIDoor(runtime.service(Proxy)))


@asynccontextmanager
async def _background(app: FastAPI) -> AsyncGenerator[None]:
    """Run what a node does by itself while it is served."""
    runtime: Runtime = app.state.runtime
    async with at_work(runtime):
        yield
    runtime.store.close()


def show_health(request: Request, response: Response) -> Health:
    """Say how this process is, and how old what it knows is; 503 if that is too old for callers."""
    found = health_of(runtime_of(request), request.app.state.server)
    response.status_code = 200 if found.fresh else 503
    return found


def show_node(request: Request, view: Reading) -> Status:
    """Say who this node is and how large its log is."""
    return status_of_node(runtime_of(request), view)


def show_job(job_id: str, view: Reading, _: Operator) -> Job:
    """Show a background job."""
    return job_by_id(view, job_id)


async def _defect(_: Request, error: Exception) -> JSONResponse:
    facts = {"error": type(error).__name__}
    return as_problem(500, "Defect", "The node has a defect.", facts=facts)
