"""Evidence read together, over HTTP: gaps, comparisons, the report.

For the operator: it costs time to reckon, and rests on records and logs that are not for everyone.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from corridor.edge.http import LimitedRoute, Reading, check_operator, service
from corridor.evaluation.records import Estimate, Figures, Parity, SafetyEvaluation
from corridor.evaluation.rules.thresholds import MARGIN, MINIMUM_N
from corridor.evaluation.service import Evaluator, Runs
from corridor.evaluation.service import reading as read

router = APIRouter(
    route_class=LimitedRoute,
    prefix="/evaluation",
    tags=["evaluation"],
    dependencies=[Depends(check_operator)],
)
Knows = Annotated[Evaluator, service(Evaluator)]
Ran = Annotated[Runs, service(Runs)]
Named = Annotated[
    str, Query(description="A model, a provider, or the beginning of a file's digest.")
]
Suite = Annotated[str, Query(description="On which; else the newest.")]
Metric = Annotated[str, Query(description="Which figure; else that of the newest.")]
Margin = Annotated[float, Query(ge=0, le=1, description="Smaller differences count as none.")]
Minimum = Annotated[int, Query(ge=2, description="With fewer items nothing is said.")]
Only = Annotated[list[str] | None, Query(description="Only these; may be repeated.")]
Items = Annotated[int, Query(ge=0, le=1000, description="Most answers a language; 0 for none.")]


class Subject(BaseModel):
    """A model on a suite, and the records that what is said of it rests on."""

    model: str
    model_sha256: str
    suite: str
    metric: str
    """`accuracy` where answers are right or wrong."""
    method: str
    records: dict[str, str]
    """By language."""
    without_log: list[str]
    """Languages whose items are not known by their names here."""


class Figure(Figures):
    """What a record says of a model in a language."""

    n: int


class GapsFound(Subject):
    """A model's languages side by side."""

    figures: dict[str, Figure]
    unpaired: list[str]
    """Languages whose items cannot be told to be those of the language that gaps are against."""
    caution: str
    """What such a gap does not mean."""
    parity: dict[str, Parity]
    """What parallel text costs relative to English."""
    summary: dict[str, object] | None
    """Scores, gaps, what they are made of, the best, consistency; None where no item is known here."""


class Difference(BaseModel):
    """How far one model is ahead of another one in a language."""

    language: str
    n: int
    first: float
    second: float
    value: Estimate | Figures
    """First less second."""
    p_holm: float
    p_margin_holm: float | None
    detectable: float
    method: str
    higher_is_better: bool
    finding: str
    """Which is better: `first`, `second`, `equal`, or `open`."""


class Differences(BaseModel):
    """Two models, language by language."""

    languages: dict[str, Difference]
    left_out: dict[str, str]
    """Languages that were not compared, and why."""
    margin: float


class PairFound(BaseModel):
    """Two models side by side."""

    a: Subject
    b: Subject
    same_way: bool
    """Whether both were asked in the same way."""
    compared: Differences


class Changed(BaseModel):
    """A model's newest run in a language against the one before."""

    language: str
    n: int
    value: Estimate | Figures
    """The newest less the one before."""
    p_holm: float
    p_margin_holm: float
    other_text: float
    """Share of items whose answer is another text."""
    other_score: int
    """Items whose score is another one."""
    method: str
    finding: str
    """`changed`, `steady`, or `open`."""


class DriftFound(Subject):
    """Whether a model still answers as it did."""

    before: dict[str, str]
    """The record of the run before, by language."""
    changes: dict[str, Changed]
    left_out: dict[str, str]
    """Languages that were not compared, and why."""
    margin: float


class ChapterOf(BaseModel):
    """One model on one suite."""

    model: str
    model_sha256: str
    suite: str
    metric: str
    records: dict[str, dict[str, object]]
    """Whole, by language."""
    summary: dict[str, object] | None


class ReportFound(BaseModel):
    """The newest evidence, as the report has it."""

    node: str
    chapters: list[ChapterOf]
    safety: list[SafetyEvaluation]


@router.get("/gap")
def gap(
    view: Reading,
    evaluator: Knows,
    runs: Ran,
    model: Named,
    suite: Suite = "",
    metric: Metric = "",
    against: Annotated[str, Query(description="The language that gaps are against.")] = "en",
    margin: Margin = MARGIN,
    minimum_n: Minimum = MINIMUM_N,
    items: Annotated[
        Literal["all", "specific", "agnostic", "native", "translated"],
        Query(description="Only those that the source marks so, by culture or origin."),
    ] = "all",
) -> GapsFound:
    """Show how far each language is behind another one and the best, on the same items."""
    # Only now: it takes in NumPy, which a gateway has no use for.
    from corridor.evaluation.service.comparing import gaps_of, plain_gaps

    known = read.readings(evaluator, view, runs.folder / "logs")
    reading = read.reading_of(known, model, suite, metric)
    return GapsFound.model_validate(plain_gaps(gaps_of(reading, against, margin, minimum_n, items)))


@router.get("/compare")
def compare(
    view: Reading,
    evaluator: Knows,
    runs: Ran,
    a: Named,
    b: Named,
    suite: Suite = "",
    margin: Margin = MARGIN,
    minimum_n: Minimum = MINIMUM_N,
) -> PairFound:
    """Show which of two models is better, in each language, on the items that both answered."""
    # Only now: it takes in NumPy, which a gateway has no use for.
    from corridor.evaluation.service.comparing import pair_of, plain_pair

    known = read.readings(evaluator, view, runs.folder / "logs")
    return PairFound.model_validate(plain_pair(pair_of(known, (a, b), suite, margin, minimum_n)))


@router.get("/drift")
def drift(
    view: Reading,
    evaluator: Knows,
    runs: Ran,
    model: Named,
    suite: Suite = "",
    metric: Metric = "",
    margin: Annotated[
        float, Query(ge=0, le=1, description="Smaller changes count as none.")
    ] = 0.02,
) -> DriftFound:
    """Test whether a model answers otherwise than in the run before, item by item."""
    # Only now: it takes in NumPy, which a gateway has no use for.
    from corridor.evaluation.service.drifting import drift_of, plain_drift

    named = model, suite, metric
    found = drift_of(evaluator, view, runs.folder / "logs", named, margin)
    return DriftFound.model_validate(plain_drift(found))


@router.get("/report", response_model=ReportFound)
def report(
    view: Reading, evaluator: Knows, runs: Ran, model: Only = None, suite: Only = None
) -> Response:
    """Show the newest evidence with what follows from it, as data."""
    # Only now: it takes in NumPy, which a gateway has no use for.
    from corridor.evaluation.service.reporting import chosen_of, data

    known = read.readings(evaluator, view, runs.folder / "logs")
    chapters, safe = chosen_of(known, evaluator.safety(view), model or (), suite or ())
    return Response(data(chapters, view.identity.name, safe), media_type="application/json")


@router.get("/report.html", response_class=HTMLResponse)
def report_page(
    view: Reading,
    evaluator: Knows,
    runs: Ran,
    model: Only = None,
    suite: Only = None,
    items: Items = 0,
) -> HTMLResponse:
    """Show the newest evidence as a page that needs nothing else; answers only where they are asked for."""
    # Only now: it takes in NumPy, which a gateway has no use for.
    from corridor.evaluation.service.reporting import chosen_of, page

    known = read.readings(evaluator, view, runs.folder / "logs")
    chapters, safe = chosen_of(known, evaluator.safety(view), model or (), suite or ())
    return HTMLResponse(page(chapters, view.identity.name, items, safe))
