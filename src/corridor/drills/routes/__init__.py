"""Drills over HTTP, for the operator."""

from fastapi import APIRouter

from corridor.drills.routes import (
    agreements,
    comparisons,
    incidents,
    live,
    plans,
    results,
    runs,
)

router = APIRouter()
for part in (plans, results, comparisons, live, runs, incidents, agreements):
    router.include_router(part.router)

__all__ = ["router"]
