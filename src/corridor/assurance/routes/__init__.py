"""Assurance over HTTP."""

from fastapi import APIRouter

from corridor.assurance.routes import tiers

router = APIRouter()
for part in (tiers,):
    router.include_router(part.router)
