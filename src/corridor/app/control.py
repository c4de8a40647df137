"""The control API of a node, as a web application.

Its framework and the addresses of all capabilities are taken in with it: a process that answers
callers only has none of this.
"""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from corridor import __version__
from corridor.access import routes as access
from corridor.app.health import Health, health_of
from corridor.app.status import Status, status_of_node
from corridor.assurance import routes as assurance
from corridor.catalogue import routes as catalogue
from corridor.core.errors import CorridorError
from corridor.core.jobs import Job, job_by_id
from corridor.drills import routes as drills
from corridor.edge.http import Operator, Reading, malformed, runtime_of, unknown_address
from corridor.edge.problems import PROBLEM, as_problem, problem
from corridor.edge.runtime import Runtime
from corridor.evaluation import routes as evaluation
from corridor.federation import routes as federation
from corridor.gateway import routes as gateway
from corridor.supply_chain import routes as supply_chain

if TYPE_CHECKING:
    from corridor.edge.serving import Server

PARTS = (federation, catalogue, evaluation, assurance, access, gateway, supply_chain, drills)


def control_of(runtime: Runtime, server: "Server | None") -> FastAPI:
    """Return the control API of a node; the server is asked how the process is."""
    app = FastAPI(
        title=f"Corridor node {runtime.identity.name}",
        version=__version__,
        docs_url=None,  # these pages load scripts from elsewhere; /openapi.json is served
        redoc_url=None,
        responses={"4XX": PROBLEM, "503": PROBLEM},
    )
    app.state.runtime = runtime
    app.state.server = server
    app.add_exception_handler(CorridorError, problem)
    app.add_exception_handler(HTTPException, unknown_address)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(Exception, _defect)
    for part in PARTS:
        app.include_router(part.router)
    stale: dict[int | str, dict[str, Any]] = {
        503: {"model": Health, "description": "What it knows is too old."}
    }
    app.get("/health", tags=["node"], responses=stale)(show_health)
    app.get("/node", tags=["node"])(show_node)
    app.get("/jobs/{job_id}", tags=["node"])(show_job)
    return app


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
