"""Tool calls of agents over HTTP.

A program proposes each call (`POST /access/tool-calls`), waits where it has to, and marks the call
as used right before it runs it. It runs a call only after `POST …/used` has answered 200: anything
else, an error or no answer included, means no.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from corridor.access.errors import NotAllowed, NotKnown
from corridor.access.records import ApiKey
from corridor.access.records.tool_calls import AskedCall, Proposal, ToolAnswer, ToolCall, Use
from corridor.access.routes.acting import Person, PersonTx, no_key_in_query
from corridor.access.service.keys import ApiKeys
from corridor.access.service.tool_calls import ToolCalls
from corridor.core.store import StoreUnavailable, View
from corridor.edge.http import LimitedRoute, Reading, address_of, bearer_of, runtime_of, service

router = APIRouter(route_class=LimitedRoute, prefix="/access/tool-calls", tags=["access"])

Service = Annotated[ToolCalls, service(ToolCalls)]
LONGEST_WAIT = 20.0
LOOK_AGAIN_SECONDS = 0.25
ACTOR = "agent"


class Answer(BaseModel):
    """A person's answer for a call that waits."""

    model_config = ConfigDict(extra="forbid")

    answer: ToolAnswer
    reason: str = Field(min_length=3, max_length=2_000)


@router.post("")
def propose(request: Request, calls: Service, proposal: Proposal) -> ToolCall:
    """Ask whether a tool call may run, with the key of the agent's project. Without a store: no."""
    _check_may_ask(request)
    try:
        with runtime_of(request).store.view() as view:
            key = _program(request, view)
        with runtime_of(request).store.transaction(ACTOR) as tx:
            return calls.propose(tx, key, proposal)
    except StoreUnavailable:
        return ToolCall(id=None, verdict="deny", reasons=("unavailable",))


@router.get("/waiting")
def waiting(person: Person, view: Reading, calls: Service) -> list[AskedCall]:
    """List the calls that wait for a person and that you may see."""
    return calls.waiting(view, person)


@router.get("/waiting/{call_id}")
def asked(person: Person, view: Reading, calls: Service, call_id: str) -> AskedCall:
    """Show a call that waits for a person."""
    return calls.asked(view, call_id, person)


@router.get("/{call_id}")
async def call(
    request: Request,
    call_id: str,
    wait: Annotated[float, Parameter(ge=0, le=LONGEST_WAIT, description="Seconds.")] = 0.0,
) -> ToolCall:
    """Show how a call of the key's project stands; with `wait`, when it is decided or later."""
    _check_may_ask(request)
    loop = asyncio.get_running_loop()
    end = loop.time() + wait
    while True:
        found = await run_in_threadpool(_read, request, call_id)
        left = end - loop.time()
        if found.verdict != "wait" or left <= 0:
            return found
        await asyncio.sleep(min(LOOK_AGAIN_SECONDS, left))


@router.post("/{call_id}/used")
def use(request: Request, calls: Service, call_id: str, use: Use) -> ToolCall:
    """Mark a call as used, right before it runs. If this does not answer 200, it may not run."""
    _check_may_ask(request)
    with runtime_of(request).store.view() as view:
        key = _program(request, view)
    with runtime_of(request).store.transaction(ACTOR) as tx:
        used = calls.use(tx, call_id, key, use)
    if used.verdict != "allow":  # said after the commit: that it was tried is in the account
        raise NotAllowed(
            f"This call may not run: {', '.join(used.reasons)}.", hint="Propose the call anew."
        )
    return used


@router.post("/{call_id}/answer")
def answer(person: Person, tx: PersonTx, calls: Service, call_id: str, said: Answer) -> ToolCall:
    """Allow or refuse a call that waits. It stays denied if its grant does not open it now."""
    return calls.answer(tx, call_id, person, said.answer, said.reason)


def _check_may_ask(request: Request) -> None:
    no_key_in_query(request)
    runtime_of(request).service(ApiKeys).check_pace(address_of(request))


def _read(request: Request, call_id: str) -> ToolCall:
    with runtime_of(request).store.view() as view:
        key = _program(request, view)
        return runtime_of(request).service(ToolCalls).call(view, call_id, key)


def _program(request: Request, view: View) -> ApiKey:
    runtime = runtime_of(request)
    try:
        return runtime.service(ToolCalls).program(view, bearer_of(request))
    except NotKnown:
        runtime.service(ApiKeys).note_wrong(address_of(request))
        raise
