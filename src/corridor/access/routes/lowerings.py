"""Lowering a tier over HTTP, as a person: propose, agree, list."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from corridor.access.routes.acting import Person, PersonTx
from corridor.access.service.lowerings import Lowerings
from corridor.assurance import Domain, LoweringConfirmed, Tier, TierLowering
from corridor.catalogue import Name, Sha256
from corridor.core.records import Part, RecordId
from corridor.edge.http import LimitedRoute, Reading, service

router = APIRouter(route_class=LimitedRoute, prefix="/assurance/lowerings", tags=["assurance"])
Service = Annotated[Lowerings, service(Lowerings)]


class Proposal(BaseModel):
    """A lower tier that somebody proposes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: Name | Sha256
    """A model that was stated, or a file's digest."""
    sha256: Sha256 | None = None
    """The file, where names differ."""
    domain: Domain
    tier: Tier
    days: int = Field(default=180, ge=1, le=731)
    evidence: list[str] = Field(default_factory=list[str], max_length=100)
    """Evaluation records, by their ids."""
    reasons: str = Field(min_length=10, max_length=4_000)


class Agreement(BaseModel):
    """The second word on a proposal."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sha256: Sha256
    """Of the signed proposal that was seen."""
    reasons: str = Field(min_length=10, max_length=4_000)


class Proposed(Part):
    """A proposal, and who agreed."""

    issuer: str
    sha256: Sha256
    proposal: TierLowering
    confirmations: tuple[LoweringConfirmed, ...]
    lowers: bool
    """Whether it lowers the tier now, if nothing else was said since."""


@router.get("")
def lowerings(view: Reading, _: Person, service: Service) -> list[Proposed]:
    """List what was proposed to be lowered, here and at partners, and who agreed."""
    return [
        Proposed(
            issuer=each.issuer,
            sha256=each.sha256,
            proposal=each.proposal,
            confirmations=tuple(word for _, word in each.confirmations),
            lowers=each.lowers,
        )
        for each in service.all(view)
    ]


@router.post("", status_code=201)
def propose(tx: PersonTx, person: Person, service: Service, proposal: Proposal) -> TierLowering:
    """Propose a lower tier. It counts when a person of another organisation has agreed."""
    return service.propose(
        tx,
        person,
        proposal.model,
        proposal.tier,
        proposal.reasons,
        domain=proposal.domain,
        days=proposal.days,
        evidence=tuple(RecordId(each) for each in proposal.evidence),
        sha256=proposal.sha256,
    )


@router.post("/{lowering_id}/confirmations", status_code=201)
def confirm(
    tx: PersonTx, person: Person, service: Service, lowering_id: str, agreement: Agreement
) -> LoweringConfirmed:
    """Agree to a lower tier, as a person of another organisation than who proposed it."""
    return service.confirm(
        tx, person, lowering_id, sha256=agreement.sha256, reasons=agreement.reasons
    )
