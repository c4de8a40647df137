"""Red-team campaigns and their findings over HTTP; partners ask here for what was disclosed to them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from corridor.assurance.errors import NotDisclosed
from corridor.assurance.records.campaigns import Attack, Attempt, Campaign, Requirement, Review
from corridor.assurance.records.reports import (
    Circumstances,
    Disclosure,
    Finding,
    FindingUpdate,
    Severity,
)
from corridor.assurance.records.views import Followed
from corridor.assurance.rules.campaigns import Board, followed
from corridor.assurance.rules.campaigns.incidents import as_incident
from corridor.assurance.service import Campaigns, Findings
from corridor.catalogue import Language, Name, Sha256
from corridor.edge.http import (
    LimitedRoute,
    Operator,
    Reading,
    Tx,
    as_addressed,
    runtime_of,
    service,
)
from corridor.evaluation import Category
from corridor.federation import Federation, SignedRequest

router = APIRouter(route_class=LimitedRoute, prefix="/assurance", tags=["assurance"])

Keeping = Annotated[Campaigns, service(Campaigns)]
Telling = Annotated[Findings, service(Findings)]


class Said(BaseModel):
    """A step, and the last word on it."""

    model_config = ConfigDict(extra="forbid")

    requirement: Requirement
    review: Review | None


class Tried(BaseModel):
    """An attack, the last word on it, and what came of it. Its text is not told."""

    model_config = ConfigDict(extra="forbid")

    attack: Attack
    review: Review | None
    attempts: list[Attempt]


class Where(BaseModel):
    """Where a campaign stands."""

    model_config = ConfigDict(extra="forbid")

    campaign: Campaign
    requirements: list[Said]
    attacks: list[Tried]
    waiting: list[str]


class Reviewing(BaseModel):
    """A second person's word."""

    model_config = ConfigDict(extra="forbid")

    by: str
    step: str
    accepted: bool
    reasons: str


@router.get("/campaigns")
def campaigns(view: Reading, _: Operator, keeping: Keeping) -> list[Campaign]:
    """List this node's red-team campaigns."""
    return keeping.campaigns(view)


@router.get("/campaigns/{name}")
def campaign(name: str, view: Reading, _: Operator, keeping: Keeping) -> Where:
    """Show where a campaign stands; texts of attacks are not in it."""
    return _where(keeping.board(view, name))


@router.post("/campaigns/{name}/reviews", status_code=201)
def review(name: str, said: Reviewing, tx: Tx, keeping: Keeping) -> Review:
    """Accept or reject what another member or a model has made."""
    return keeping.review(tx, name, said.by, said.step, said.reasons, accepted=said.accepted)


class Reported(BaseModel):
    """An incident in use, or what could become one."""

    model_config = ConfigDict(extra="forbid")

    model: str
    sha256: str | None = None
    origin: Literal["guard", "user", "audit", "partner"]
    title: str
    summary: str
    harm: str = ""
    severity: Severity
    category: Category
    languages: list[Language] = []
    reported_by: str
    source: str = ""
    may_see: list[Name] = []
    circumstances: Circumstances


class Updating(BaseModel):
    """What became of a finding."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["confirmed", "rejected", "fixed", "reopened"]
    reasons: str
    by: str
    fixed_sha256: Sha256 | None = None
    """The model's file in which it is mended."""


class Disclosing(BaseModel):
    """Whom a finding is told to, and when it is public."""

    model_config = ConfigDict(extra="forbid")

    by: str
    to: list[Name] = []
    """Without names, the partners that the finding itself names."""
    embargo_until: AwareDatetime


@router.post("/findings", status_code=201)
def report(told: Reported, tx: Tx, telling: Telling) -> Finding:
    """Keep an incident in use; programs that watch a service report here."""
    words = told.model_dump(exclude={"model", "sha256", "circumstances"})
    return telling.report(tx, told.model, words, told.circumstances, told.sha256)


@router.get("/findings")
def findings(view: Reading, _: Operator, telling: Telling) -> list[Followed]:
    """List findings with what became of them."""
    return [followed(each) for each in telling.standings(view)]


@router.get("/findings/{finding}")
def finding(finding: str, view: Reading, _: Operator, telling: Telling) -> Followed:
    """Show a finding, and everything that became of it."""
    return followed(telling.standing(view, finding))


@router.post("/findings/{finding}/updates", status_code=201)
def update(finding: str, said: Updating, tx: Tx, telling: Telling) -> FindingUpdate:
    """Say what became of a finding; what came of trying again, the re-test itself says."""
    return telling.update(tx, finding, said.state, said.by, said.reasons, said.fixed_sha256)


@router.post("/findings/{finding}/disclosures", status_code=201)
def disclose(finding: str, said: Disclosing, tx: Tx, telling: Telling) -> Disclosure:
    """Tell partners that there is a finding; when the embargo ends, it is public by itself."""
    return telling.disclose(tx, finding, said.by, said.to, said.embargo_until)


@router.get("/findings/{finding}/incident")
def incident(finding: str, view: Reading, _: Operator, telling: Telling) -> dict[str, object]:
    """Show a finding as an AI-incident report, in the dimensions of the OECD's monitor."""
    return as_incident(telling.standing(view, finding))


@router.get("/disclosed/{finding}")
def disclosed(finding: str, request: Request, response: Response, telling: Telling) -> Finding:
    """Give a finding to a partner that it was disclosed to, which signed its request (RFC 9421)."""
    runtime = runtime_of(request)
    method, url, headers = as_addressed(request)
    with runtime.store.view() as view:
        asked = SignedRequest(method=method, url=url, headers=headers)
        partner = runtime.service(Federation).asker(view, asked)
    if partner is None:
        raise NotDisclosed("There is no such finding for you.")
    response.headers["cache-control"] = "no-store"
    with runtime.store.transaction(f"partner {partner.name}") as tx:
        return telling.given(tx, partner.name, finding)


def _where(board: Board) -> Where:
    return Where(
        campaign=board.campaign,
        requirements=[Said(requirement=r, review=said) for r, said in board.requirements],
        attacks=[
            Tried(attack=line.attack, review=line.review, attempts=list(line.attempts))
            for line in board.lines
        ],
        waiting=[each.id for each in board.waiting],
    )
