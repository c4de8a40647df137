"""Access over HTTP."""

from fastapi import APIRouter

from corridor.access.routes import (
    account,
    borders,
    decisions,
    explain,
    incidents,
    keys,
    lowerings,
    people,
    policies,
    policy_trials,
    requests,
    revocations,
    sign_in,
    tool_calls,
)

router = APIRouter()
for part in (
    people,
    keys,
    sign_in,
    requests,
    decisions,
    explain,
    revocations,
    policies,
    policy_trials,
    account,
    borders,
    tool_calls,
    lowerings,
    incidents,
):
    router.include_router(part.router)
