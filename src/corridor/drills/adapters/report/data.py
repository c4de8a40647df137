"""A drill's report as data: all that the page shows, and more."""

from corridor.drills.records import DrillResult, Line
from corridor.drills.rules.reporting import Report, verdict

Json = dict[str, object]


def answer_of(result: DrillResult) -> Json:
    """Return the result of a drill as JSON; every figure without its record's place is of this one."""
    worst = result.worst_case
    return {
        "record": result.id,
        "drill": result.drill_id,
        "prediction": result.prediction_id,
        "stages": [stage.model_dump() for stage in result.stages],
        "entered_at": [each.isoformat() for each in result.entered_at],
        "how": result.how,
        "why": result.why,
        "supplier": result.supplier,
        "scenario": result.scenario and result.scenario.model_dump(),
        "lost": [each.model_dump(mode="json") for each in result.lost],
        "returned_at": result.returned_at and result.returned_at.isoformat(),
        "setbacks": result.setbacks,
        "withdrawn_at": result.withdrawn_at.isoformat(),
        "restored_at": result.restored_at.isoformat(),
        "services": [_line(line) for line in result.lines],
        "requests": result.requests.model_dump(),
        "probes": result.probes,
        **_live(result),
        "live_elsewhere": result.live_elsewhere and result.live_elsewhere.model_dump(),
        "timeline": result.timeline and result.timeline.model_dump(mode="json"),
        "switch_seconds": result.switch_seconds,
        "recovered_seconds": result.recovered_seconds,
        "worst_case": worst
        and {
            "service": worst.service,
            "language": worst.language,
            **worst.continuity.model_dump(),
        },
        "proposal": result.proposal and result.proposal.model_dump(),
    }


def data_of(report: Report) -> Json:
    """Return a whole report as JSON: the result, with all that stands beside it on the page."""
    prediction = report.prediction
    return {
        **answer_of(report.result),
        "node": report.node,
        "issuer": report.issuer,
        "made_at": report.made_at.isoformat(),
        "services": [{**_line(line), **_beside(report, line)} for line in report.lines],
        "foretold": prediction and prediction.model_dump(mode="json"),
        "days": [each.model_dump(mode="json") for each in report.days],
        "joined": report.joined and report.joined.model_dump(mode="json"),
        "contradictions": [each.model_dump(mode="json") for each in report.contradictions],
        "costs": report.costs and report.costs.model_dump(mode="json"),
        "priced_from": {name: at.isoformat() for name, at in report.priced_from.items()},
        "first": [each.model_dump(mode="json") for each in report.advice],
        "left_open": [each.model_dump(mode="json") for each in report.left_open],
        "records": [each.model_dump(mode="json") for each in report.records],
    }


def _line(line: Line) -> Json:
    return {
        "service": line.service,
        "language": line.language,
        "before": line.before.figure.model_dump(),
        "after": line.after.figure.model_dump(),
        "continuity": line.continuity.model_dump(),
        "before_provider": line.before.provider,
        "after_provider": line.after.provider,
        "before_evidence": line.before.source and line.before.source.model_dump(),
        "after_evidence": line.after.source and line.after.source.model_dump(),
        "requests": line.requests.model_dump(),
        **_live(line),
        "takers": [each.model_dump(mode="json") for each in line.takers],
        "switch_seconds": line.switch_seconds,
        "was_lost": line.was_lost,
        "measured": line.measured and line.measured.model_dump(),
    }


def _live(of: Line | DrillResult) -> Json:
    return {
        "live": of.live and of.live.model_dump(),
        "pace_before": of.pace_before and of.pace_before.model_dump(),
        "pace_during": of.pace_during and of.pace_during.model_dump(),
        "detect_seconds": of.detect_seconds,
    }


def _beside(report: Report, line: Line) -> Json:
    foretold = report.foretold(line)
    return {
        "verdict": verdict(line.continuity),
        "foretold": foretold and foretold.model_dump(),
        "contradicted": [each.why for each in report.contradicts(line)],
    }
