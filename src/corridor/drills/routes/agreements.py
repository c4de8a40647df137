"""Drills with partners over HTTP, for the operator: proposals, answers, and what was joined."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from corridor.drills.records import AgreedLoss, Agreement, Terms
from corridor.drills.service import Agreements
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service

router = APIRouter(route_class=LimitedRoute, prefix="/drills/proposals", tags=["drills"])
Agreeing = Annotated[Agreements, service(Agreements)]
BY_ID = "/{issuer}/{proposal}"


class Proposing(BaseModel):
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


class Reason(BaseModel):
    """Why; partners read it."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(min_length=3, max_length=500)


@router.get("")
def proposals(_: Operator, view: Reading, agreeing: Agreeing) -> list[Agreement]:
    """List the drills that this node proposed or was asked to join, and how each part stands."""
    return agreeing.agreements(view)


@router.post("", status_code=201)
def propose(tx: Tx, agreeing: Agreeing, asked: Proposing) -> Agreement:
    """Propose a drill to partners: each accepts or refuses, and holds its own part."""
    window = (asked.begins, asked.until)
    return agreeing.propose(tx, asked.to, asked.lost, window, asked.terms, asked.why)


@router.get(BY_ID)
def proposal(
    issuer: str, proposal: str, _: Operator, view: Reading, agreeing: Agreeing
) -> Agreement:
    """Show a proposal and how each part stands, by its issuer and its id or the beginning of that."""
    return agreeing.agreement(view, f"{issuer}/{proposal}")


@router.post(f"{BY_ID}/accept")
def accept(issuer: str, proposal: str, tx: Tx, agreeing: Agreeing, asked: Accepting) -> Agreement:
    """Accept a partner's proposal, with this node's own limits."""
    return agreeing.accept(tx, f"{issuer}/{proposal}", asked.terms, asked.lost)


@router.post(f"{BY_ID}/refuse")
def refuse(issuer: str, proposal: str, tx: Tx, agreeing: Agreeing, asked: Reason) -> Agreement:
    """Refuse a partner's proposal, or take an acceptance back before this node's part began."""
    return agreeing.refuse(tx, f"{issuer}/{proposal}", asked.why)


@router.post(f"{BY_ID}/withdraw")
def withdraw(issuer: str, proposal: str, tx: Tx, agreeing: Agreeing, asked: Reason) -> Agreement:
    """Withdraw a proposal of this node: no part of it begins any more. One that runs goes on."""
    return agreeing.withdraw(tx, f"{issuer}/{proposal}", asked.why)
