"""Assurance over HTTP."""

from fastapi import APIRouter

from corridor.assurance.routes import campaigns, tier_rules, tiers, trees

router = APIRouter()
for part in (tiers, tier_rules, trees, campaigns):
    router.include_router(part.router)
