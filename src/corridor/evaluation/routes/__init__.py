"""Evaluation over HTTP."""

from fastapi import APIRouter

from corridor.evaluation.routes import evidence, questions, reading, runs

router = APIRouter()
for part in (evidence, runs, reading, questions):
    router.include_router(part.router)

__all__ = ["router"]
