"""Drills with partners over HTTP, for the operator: proposals, answers, and what was joined."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from corridor.drills.records import AgreedLoss, Agreement, Terms
from corridor.drills.routes.runs import Begun
from corridor.drills.service import Agreements, Hosting, Proposing
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, runtime_of, service

router = APIRouter(route_class=LimitedRoute, prefix="/drills/proposals", tags=["drills"])
Agreeing = Annotated[Agreements, service(Agreements)]
Proposes = Annotated[Proposing, service(Proposing)]
BY_ID = "/{issuer}/{proposal}"


class NewProposal(BaseModel):
    """A drill to be proposed to partners."""

    model_config = ConfigDict(extra="forbid")

    to: list[str] = Field(min_length=1, max_length=50)
    lost: AgreedLoss
    begins: AwareDatetime
    until: AwareDatetime
    terms: Terms
    """Of this node's own part; its stages are the most that partners are asked for."""
    why: str = Field(min_length=3, max_length=500)


class Accepting(BaseModel):
    """How far this node goes in its part."""

    model_config = ConfigDict(extra="forbid")

    terms: Terms | None = None
    """None: the stages that were proposed, and no other limits than those of the settings."""
    lost: AgreedLoss | None = None
    """What this node calls what is lost, if otherwise than the proposer."""


class Beginning(BaseModel):
    """How this node's part begins."""

    model_config = ConfigDict(extra="forbid")

    second_key: str = Field(default="", max_length=500, repr=False)
    """A personal key of a second person, where no service would have a supplier left."""


class Reason(BaseModel):
    """Why; partners read it."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(min_length=3, max_length=500)


@router.get("")
def proposals(_: Operator, view: Reading, agreeing: Agreeing) -> list[Agreement]:
    """List the drills that this node proposed or was asked to join, and how each part stands."""
    return agreeing.agreements(view)


@router.post("", status_code=201)
def propose(tx: Tx, proposing: Proposes, asked: NewProposal) -> Agreement:
    """Propose a drill to partners: each accepts or refuses, and holds its own part."""
    window = (asked.begins, asked.until)
    return proposing.propose(tx, asked.to, asked.lost, window, asked.terms, asked.why)


@router.get(BY_ID)
def proposal(
    issuer: str, proposal: str, _: Operator, view: Reading, agreeing: Agreeing
) -> Agreement:
    """Show a proposal and how each part stands, by its issuer and its id or the beginning of that."""
    return agreeing.agreement(view, f"{issuer}/{proposal}")


@router.post(f"{BY_ID}/accept")
def accept(issuer: str, proposal: str, tx: Tx, proposing: Proposes, asked: Accepting) -> Agreement:
    """Accept a partner's proposal, with this node's own limits."""
    return proposing.accept(tx, f"{issuer}/{proposal}", asked.terms, asked.lost)


@router.post(f"{BY_ID}/part", status_code=202)
def part(
    issuer: str,
    proposal: str,
    request: Request,
    _: Operator,
    agreeing: Agreeing,
    hosting: Annotated[Hosting, service(Hosting)],
    asked: Beginning,
) -> Begun:
    """Begin this node's part, which the node holds by itself; the answer comes when it has begun."""
    store = runtime_of(request).store
    with store.view() as view:
        found = agreeing.part(view, f"{issuer}/{proposal}", asked.second_key)
    started = hosting.start(store, found.loss, found.wanted)
    return Begun(drill=started, run=f"/drills/runs/{started.id}")


@router.post(f"{BY_ID}/refuse")
def refuse(issuer: str, proposal: str, tx: Tx, proposing: Proposes, asked: Reason) -> Agreement:
    """Refuse a partner's proposal, or take an acceptance back before this node's part began."""
    return proposing.refuse(tx, f"{issuer}/{proposal}", asked.why)


@router.post(f"{BY_ID}/withdraw")
def withdraw(issuer: str, proposal: str, tx: Tx, proposing: Proposes, asked: Reason) -> Agreement:
    """Withdraw a proposal of this node: no part of it begins any more. One that runs goes on."""
    return proposing.withdraw(tx, f"{issuer}/{proposal}", asked.why)
