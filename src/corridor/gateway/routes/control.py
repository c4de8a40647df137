"""The gateway's part of the control API, one module a subject."""

from fastapi import APIRouter, Request, Response

from corridor.edge.http import runtime_of
from corridor.gateway.routes import (
    guards,
    limits,
    retention,
    services,
    set_up,
    suspensions,
)
from corridor.gateway.routes.metrics import as_metrics, check_reader, metrics_of

router = APIRouter()
for part in (services, set_up, guards, retention, suspensions, limits):
    router.include_router(part.router)


@router.get("/metrics", response_class=Response, tags=["gateway"])
def show_metrics(request: Request) -> Response:
    """Show the metrics of this process in the text format of Prometheus."""
    runtime = runtime_of(request)
    check_reader(request, runtime)
    return as_metrics(metrics_of(runtime))
