"""Drills over HTTP, for the operator."""

from fastapi import APIRouter

from corridor.drills.routes import results

router = APIRouter()
for part in (results,):
    router.include_router(part.router)

__all__ = ["router"]
