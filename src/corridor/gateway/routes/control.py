"""The gateway's part of the control API, one module a subject."""

from fastapi import APIRouter

from corridor.gateway.routes import (
    guards,
    limits,
    metrics,
    retention,
    services,
    set_up,
    suspensions,
)

router = APIRouter()
for part in (services, set_up, guards, retention, suspensions, limits, metrics):
    router.include_router(part.router)
