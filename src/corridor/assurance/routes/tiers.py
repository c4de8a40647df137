"""Risk tiers over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from corridor.assurance.records import Domain, RiskTier, Tier
from corridor.assurance.records.tier_views import ModelTier
from corridor.assurance.service import Assurance
from corridor.catalogue import Language, Name, Sha256
from corridor.core.records import RecordId
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service

router = APIRouter(route_class=LimitedRoute, prefix="/assurance", tags=["assurance"])
Wanted = Annotated[Assurance, service(Assurance)]


class Word(BaseModel):
    """What a person says of a model's tier in a domain."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tier: Tier
    domain: Domain = "general"
    reasons: str = Field(min_length=10, max_length=4_000)
    framework: str = Field(default="own judgement", max_length=200)
    evidence: list[str] = Field(default_factory=list[str], max_length=100)
    """Evaluation records, by their ids."""
    sha256: Sha256 | None = None
    """The file, where names differ."""


@router.get("/tiers")
def tiers(view: Reading, _: Operator, assurance: Wanted) -> list[RiskTier]:
    """Show the tiers that persons of this node set or raised."""
    return assurance.tiers(view)


@router.get("/model-tiers")
def model_tiers(
    view: Reading,
    _: Operator,
    assurance: Wanted,
    language: Annotated[tuple[Language, ...], Query(max_length=50)] = (),
) -> list[ModelTier]:
    """Show the tier of every model that this node has stated, with all that it rests on and what is missing.

    Without languages: in those in which there is evidence that rules ask for, and in any other.
    """
    return assurance.all_explained(view, language)


@router.get("/tiers/{model}")
def tier(
    view: Reading,
    _: Operator,
    assurance: Wanted,
    model: str,
    language: Annotated[tuple[Language, ...], Query(max_length=50)] = (),
    sha256: Sha256 | None = None,
) -> ModelTier:
    """Show the tier of a model in each domain and language: by which rule, on which records, what is missing.

    The model is one that was stated, or a file's digest.
    """
    return assurance.explained(view, model, language, sha256)


@router.post("/tiers/{model}", status_code=201)
def rate(tx: Tx, assurance: Wanted, model: Name | Sha256, word: Word) -> RiskTier:
    """Raise the tier of a model in a domain, or set it where nobody did and there are no rules."""
    return assurance.rate(
        tx,
        model,
        word.tier,
        word.reasons,
        domain=word.domain,
        framework=word.framework,
        evidence=tuple(RecordId(each) for each in word.evidence),
        sha256=word.sha256,
    )
