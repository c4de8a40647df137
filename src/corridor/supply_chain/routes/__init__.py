"""The supply chain over HTTP, for the operator."""

from fastapi import APIRouter

from corridor.supply_chain.routes import assess, facts, industries, shocks

router = APIRouter()
for part in (facts, shocks, industries, assess):
    router.include_router(part.router)

__all__ = ["router"]
