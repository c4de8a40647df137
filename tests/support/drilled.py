"""Results of drills, probes and figures with sensible defaults."""

from collections.abc import Mapping
from datetime import timedelta

from corridor.core.records import RecordId
from corridor.drills import DrillResult, Figure, Line, Requests
from corridor.drills.ports import Probed
from corridor.drills.records import (
    Foreseen,
    Foretold,
    Overall,
    Prediction,
    Quality,
    Source,
    Span,
    Taker,
)
from corridor.drills.rules.figures import UNKNOWN, figure_of, ratio, worst_of
from corridor.drills.rules.live import is_worse
from corridor.drills.rules.reporting import Listed, Report
from corridor.evaluation import wilson
from corridor.gateway import Handled
from support.builders import NOON

NOON_SECONDS = NOON.timestamp()


def a_figure(correct: int = 24, n: int = 48) -> Figure:
    return figure_of(wilson(correct, n))


def a_quality(provider: str | None, figure: Figure, issuer: str = "in") -> Quality:
    source = Source(issuer=issuer, record_id=RecordId("e" * 32), position=7, sha256="ab" * 32, n=48)
    return Quality(provider=provider, figure=figure, source=source if provider else None)


def a_taker(provider: str, right: int | None, requests: int = 1) -> Taker:
    """Return who took over from a provider with 24 of 48; None is of whom nothing is known."""
    figure = UNKNOWN if right is None else a_figure(right)
    continuity = ratio(figure, a_figure(24))
    return Taker(
        provider=provider,
        requests=requests,
        quality=figure,
        source=None,
        continuity=continuity,
        worse=is_worse(continuity),
    )


def a_line(
    language: str = "en-Latn",
    before: Figure | None = None,
    after: Figure | None = None,
    *,
    switch_seconds: float | None = 0.25,
    issuer: str = "in",
) -> Line:
    before, after = before or a_figure(24), after or a_figure(12)
    return Line(
        service="helpline",
        language=language,
        before=a_quality("vendor-small", before, issuer),
        after=a_quality("partner-small", after, issuer),
        continuity=ratio(after, before),
        requests=Requests(sent=9, served=5, moved=3, failed=1),
        switch_seconds=switch_seconds,
    )


def a_result(*lines: Line, **fields: object) -> DrillResult:
    shown = lines or (a_line(), a_line("hi-Deva", after=a_figure(0)))
    defaults: dict[str, object] = {
        "id": "d" * 32,
        "made_at": NOON,
        "visibility": "partners",
        "supplier": "overseas-vendor",
        "started_at": NOON,
        "withdrawn_at": NOON + timedelta(seconds=4),
        "restored_at": NOON + timedelta(seconds=34),
        "ended_at": NOON + timedelta(seconds=36),
        "suspension_id": "5" * 32,
        "lines": shown,
        "requests": Requests(sent=18, served=10, moved=6, failed=2),
        "probes": 8,
        "switch_seconds": 0.25,
        "recovered_seconds": 0.5,
        "worst_case": worst_of(shown),
    }
    return DrillResult.model_validate({**defaults, **fields})


def a_report(result: DrillResult | None = None, **fields: object) -> Report:
    """Return the report of a drill; its records are those of the result and of its evidence."""
    shown = result or a_result()
    listed = [
        a_listed(1, str(shown.id), "in", 12),
        a_listed(2, "e" * 32, "in", 7),
        *([a_listed(3, str(shown.prediction_id), "in", 3)] if shown.prediction_id else ()),
    ]
    defaults: dict[str, object] = {
        "node": "in",
        "issuer": "in",
        "made_at": NOON,
        "result": shown,
        "lost": (f"supplier {shown.supplier}",),
        "records": listed,
    }
    return Report.model_validate({**defaults, **fields})


def a_prediction(continuities: Mapping[str, Figure], record_id: str = "f" * 32) -> Prediction:
    """Return what was foretold of the helpline, by language."""
    nothing = Overall(
        service=None,
        worst=None,
        worst_if_worse=None,
        weighted=None,
        weighted_of=0,
        unknown=(),
        touched=None,
    )
    return Prediction(
        id=RecordId(record_id),
        made_at=NOON,
        engine_version="a test",
        scenario=Foretold(
            name="without-overseas-vendor",
            title="It withdraws",
            sha256="ab" * 32,
            span=Span(begins_day=0, lasts_low=None, lasts_high=None),
        ),
        draws=1,
        seed=0,
        gone=(),
        lines=tuple(
            Foreseen(
                service="helpline",
                language=language,
                traffic=None,
                before=(),
                after=(),
                continuity=figure,
                paired=True,
                choices=(),
            )
            for language, figure in continuities.items()
        ),
        services=(),
        overall=nothing,
    )


def a_listed(number: int, record_id: str, issuer: str, position: int, own: bool = True) -> Listed:
    return Listed(
        number=number,
        what="What this drill found",
        kind="drills.result",
        record_id=RecordId(record_id),
        issuer=issuer,
        position=position,
        sha256="ab" * 32,
        made_at=NOON,
        own=own,
    )


def a_probed(
    began: float, provider: str | None, *, took: float = 0.1, language: str = "en-Latn"
) -> Probed:
    """Return a probe that began so many seconds after noon."""
    at = NOON_SECONDS + began
    error = None if provider else "status 503"
    return Probed("helpline", language, at, at + took, provider, error)


def a_request(
    at: float, outcome: str, *, caller: str = "tester", language: str = "en-Latn"
) -> Handled:
    """Return a line of the account: a request that was over so many seconds after noon."""
    return Handled(
        request_id=f"r{at}",
        at=NOON_SECONDS + at,
        caller=caller,
        target="helpline",
        language=language,
        provider="vendor-small" if outcome == "served" else None,
        outcome=outcome,
        status=200,
        seconds=0.1,
    )
