"""The supply chain over HTTP, for the operator."""

from fastapi import APIRouter

from corridor.supply_chain.routes import assess, facts, industries, plans, shocks

router = APIRouter()
for part in (facts, shocks, industries, assess, plans):
    router.include_router(part.router)

__all__ = ["router"]
