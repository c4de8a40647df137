"""Assurance over HTTP."""

from fastapi import APIRouter

from corridor.assurance.routes import campaigns, tiers, trees

router = APIRouter()
for part in (tiers, trees, campaigns):
    router.include_router(part.router)
