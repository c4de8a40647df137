"""Assurance trees over HTTP: read, evaluate, draw, answer, challenge."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from corridor.assurance.adapters.drawing import drawn
from corridor.assurance.adapters.tree_files import TreeFile
from corridor.assurance.records import (
    Answer,
    Defeater,
    DefeaterAnswer,
    Found,
    Level,
    Stand,
    Tree,
    TreeResult,
)
from corridor.assurance.records.answers import MOST_WORDS
from corridor.assurance.records.views import TreeDiff
from corridor.assurance.rules.trees import RULE, checked, found
from corridor.assurance.service import Document, Outcome, Reviews, Trees
from corridor.catalogue import Language, Name, Sha256
from corridor.core.errors import Invalid
from corridor.edge.http import LimitedRoute, Operator, Reading, Tx, service

router = APIRouter(route_class=LimitedRoute, prefix="/assurance", tags=["assurance"])
Kept = Annotated[Trees, service(Trees)]
Told = Annotated[Reviews, service(Reviews)]
InLanguages = Annotated[list[Language] | None, Query(description="Else those of its evidence.")]
Issuer = Annotated[str, Query(max_length=64, description="Whose tree; else this node's own.")]
Words = Annotated[str, Field(min_length=10, max_length=MOST_WORDS)]
Who = Annotated[str, Field(min_length=1, max_length=200)]


class Listed(BaseModel):
    """A tree that is known."""

    called: str
    edition: str
    title: dict[str, str]
    nodes: int
    record: str | None
    """None where it came with Corridor, and nobody has stated it."""


class Challenged(BaseModel):
    """A challenge, whose record it is, and what was said to it last."""

    tree: str
    issuer: str
    defeater: Defeater
    answer: DefeaterAnswer | None


class Shown(BaseModel):
    """What a model's file shows of a tree."""

    tree: str
    edition: str
    model: str
    model_sha256: str
    rule: str
    at: AwareDatetime
    found: list[Found]
    challenges: list[Challenged]


class StatedResult(BaseModel):
    """A result, and whose it is."""

    issuer: str
    result: TreeResult


class Answering(BaseModel):
    """An answer to the question of a leaf."""

    model_config = ConfigDict(extra="forbid")

    node: str
    model: Name
    model_sha256: Sha256 | None = None
    level: Level
    words: Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]
    by: Who
    language: Language | None = None
    document: str = Field(default="", max_length=500)
    document_sha256: Sha256 | None = None


class Challenging(BaseModel):
    """A challenge to an element."""

    model_config = ConfigDict(extra="forbid")

    node: str
    reasons: Words
    by: Who
    model_sha256: Sha256 | None = None
    language: Language | None = None
    evidence: list[str] = Field(default_factory=list, max_length=100)


class Settling(BaseModel):
    """What is said to a challenge."""

    model_config = ConfigDict(extra="forbid")

    stand: Stand
    reasons: Words
    by: Who
    evidence: list[str] = Field(default_factory=list, max_length=100)


@router.get("/trees")
def trees(view: Reading, _: Operator, kept: Kept) -> list[Listed]:
    """List the trees that came with Corridor, this node's and partners'."""
    return [
        Listed(
            called=each.called,
            edition=each.tree.edition,
            title=each.tree.title,
            nodes=len(each.tree.nodes),
            record=each.tree.id if each.stated else None,
        )
        for each in kept.trees(view)
    ]


@router.post("/trees", status_code=201)
def keep(tree: TreeFile, tx: Tx, kept: Kept) -> Tree:
    """State a tree as this node's own; one with a fault is refused with its place."""
    return kept.keep(tx, Tree(made_at=kept.clock(), visibility="partners", **dict(tree)))


@router.get("/trees/{name}")
def tree(name: str, view: Reading, _: Operator, kept: Kept, issuer: Issuer = "") -> Tree:
    """Show a tree, by its name or its record."""
    return kept.tree(view, _named(name, issuer)).tree


@router.get("/trees/{name}/evaluation")
def evaluation(
    name: str,
    model: Name,
    view: Reading,
    _: Operator,
    kept: Kept,
    issuer: Issuer = "",
    language: InLanguages = None,
    model_sha256: Sha256 | None = None,
) -> Shown:
    """Show what the evidence on a model's file shows of each element, in each language."""
    outcome = kept.evaluate(view, _named(name, issuer), model, language or (), sha256=model_sha256)
    return _shown(outcome, kept)


@router.post("/trees/{name}/evaluation", status_code=201)
def publish(
    name: str,
    model: Name,
    tx: Tx,
    kept: Kept,
    issuer: Issuer = "",
    language: InLanguages = None,
    model_sha256: Sha256 | None = None,
) -> TreeResult:
    """State what was found, for partners to see."""
    outcome = kept.evaluate(tx, _named(name, issuer), model, language or (), sha256=model_sha256)
    return kept.publish(tx, outcome)


@router.get(
    "/trees/{name}/drawing",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}, "description": "The drawing."}},
)
def drawing(
    name: str,
    view: Reading,
    _: Operator,
    kept: Kept,
    issuer: Issuer = "",
    words: Language = "en-Latn",
    model: Name | None = None,
    language: InLanguages = None,
    model_sha256: Sha256 | None = None,
) -> Response:
    """Draw a tree as SVG; with a model, with what was found."""
    called = _named(name, issuer)
    if model is None:
        svg = drawn(checked(kept.tree(view, called).tree), words, subtitle=called)
    else:
        outcome = kept.evaluate(view, called, model, language or (), sha256=model_sha256)
        svg = drawn(
            outcome.known.tree, words, outcome.evaluations, outcome.challenges, f"{called}: {model}"
        )
    return Response(svg, media_type="image/svg+xml", headers={"cache-control": "no-store"})


@router.get("/trees/{name}/diff")
def diff(
    name: str,
    view: Reading,
    _: Operator,
    kept: Kept,
    issuer: Issuer = "",
    other: Annotated[str, Query(max_length=200, description="Another tree, or a record.")] = "",
    model: Name | None = None,
    against: Annotated[Name | None, Query(description="A later version of the model.")] = None,
    language: InLanguages = None,
) -> TreeDiff:
    """Show what differs between two trees, or between what two models show of one, in each language.

    Another tree is named as on the command line: NAME, ISSUER/NAME, or a record.
    """
    if not other and (model is None or against is None):
        raise Invalid(
            "There is one tree and one model.", hint="Name `other`, or `model` and `against`."
        )
    called = _named(name, issuer)
    models = (model, against or model) if model is not None else None
    return kept.diff(view, (called, other or called), models, language or ())


@router.post("/trees/{name}/answers", status_code=201)
def answer(name: str, told: Answering, tx: Tx, reviews: Told, issuer: Issuer = "") -> Answer:
    """Answer the question of a leaf for one exact model."""
    return reviews.answer(
        tx,
        _named(name, issuer),
        told.node,
        told.model,
        told.level,
        told.words,
        told.by,
        language=told.language,
        document=Document(told.document, told.document_sha256),
        sha256=told.model_sha256,
    )


@router.post("/trees/{name}/challenges", status_code=201)
def challenge(name: str, told: Challenging, tx: Tx, reviews: Told, issuer: Issuer = "") -> Defeater:
    """State why an element does not hold; it stays visible until it is answered."""
    return reviews.challenge(
        tx,
        _named(name, issuer),
        told.node,
        told.reasons,
        told.by,
        model_sha256=told.model_sha256,
        language=told.language,
        evidence=told.evidence,
    )


@router.get("/results")
def results(view: Reading, _: Operator, kept: Kept) -> list[StatedResult]:
    """List the newest result that each node has stated of each tree and file."""
    return [StatedResult(issuer=k.entry.issuer, result=k.record) for k in kept.results(view)]


@router.get("/challenges")
def challenges(view: Reading, _: Operator, reviews: Told) -> list[Challenged]:
    """List the challenges to every tree, with what was said to them last."""
    return [
        Challenged(
            tree=each.known.called,
            issuer=each.challenge.issuer,
            defeater=each.challenge.defeater,
            answer=each.challenge.answer,
        )
        for each in reviews.challenges(view)
    ]


@router.post("/challenges/{defeater}/answers", status_code=201)
def settle(defeater: str, told: Settling, tx: Tx, reviews: Told) -> DefeaterAnswer:
    """Answer a challenge: the element holds all the same, or it does not."""
    return reviews.settle(tx, defeater, told.stand, told.reasons, told.by, evidence=told.evidence)


def _named(name: str, issuer: str) -> str:
    return f"{issuer}/{name}" if issuer else name


def _shown(outcome: Outcome, kept: Trees) -> Shown:
    tree = outcome.known.tree
    return Shown(
        tree=outcome.known.called,
        edition=tree.edition,
        model=outcome.model,
        model_sha256=outcome.model_sha256,
        rule=RULE,
        at=kept.clock(),
        found=list(found(tree, outcome.evaluations)),
        challenges=[
            Challenged(
                tree=outcome.known.called,
                issuer=each.issuer,
                defeater=each.defeater,
                answer=each.answer,
            )
            for each in outcome.challenges
        ],
    )
