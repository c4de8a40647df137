"""Federation over HTTP."""

from fastapi import APIRouter

from corridor.federation.routes import exchange, introductions, log, mirror, partners, witness

router = APIRouter()
for part in (partners, introductions, log, exchange, mirror, witness):
    router.include_router(part.router)
