"""The gateway's part of the control API, one module a subject."""

from fastapi import APIRouter

from corridor.gateway.routes import suspensions

router = APIRouter()
for part in (suspensions,):
    router.include_router(part.router)
