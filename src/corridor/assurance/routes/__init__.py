"""Assurance over HTTP."""

from fastapi import APIRouter

from corridor.assurance.routes import tiers, trees

router = APIRouter()
for part in (tiers, trees):
    router.include_router(part.router)
