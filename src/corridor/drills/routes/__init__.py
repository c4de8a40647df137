"""Drills over HTTP, for the operator."""

from fastapi import APIRouter

from corridor.drills.routes import plans, results

router = APIRouter()
for part in (plans, results):
    router.include_router(part.router)

__all__ = ["router"]
