"""The gateway's part of the control API, one module a subject."""

from fastapi import APIRouter

from corridor.gateway.routes import limits, metrics, suspensions

router = APIRouter()
for part in (suspensions, limits, metrics):
    router.include_router(part.router)
