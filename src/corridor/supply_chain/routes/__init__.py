"""The supply chain over HTTP, for the operator."""

from fastapi import APIRouter

from corridor.supply_chain.routes import assess, facts, firms, industries, plans, shocks

router = APIRouter()
for part in (facts, shocks, firms, industries, assess, plans):
    router.include_router(part.router)

__all__ = ["router"]
