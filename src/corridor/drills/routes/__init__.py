"""Drills over HTTP, for the operator."""

from fastapi import APIRouter

from corridor.drills.routes import (
    agreements,
    comparisons,
    incidents,
    live,
    plans,
    reminders,
    results,
    runs,
    schedules,
)

router = APIRouter()
for part in (plans, results, comparisons, live, runs, schedules, reminders, incidents, agreements):
    router.include_router(part.router)

__all__ = ["router"]
