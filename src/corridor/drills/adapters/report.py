"""A drill's report: a page that opens offline, the same as data, and its picture.

All three are drawn from signed records alone, so that anyone who has the records can draw them.
"""

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from corridor.drills.adapters.names import language_name
from corridor.drills.records import DrillResult, DrillsJoined, Figure


def write_report(
    result: DrillResult, node: str, folder: Path, joined: DrillsJoined | None = None
) -> Path:
    """Write report.html, report.json and report.png; return the folder.

    `joined` is what the node signed of others' parts, where the drill is one of several nodes.

    Raises:
        OSError: if the folder cannot be written.
    """
    # Only here: drawing takes half a second to load, and most commands draw nothing.
    from corridor.drills.adapters.charts import picture, png, svg

    folder.mkdir(parents=True, exist_ok=True)
    chart = picture(result)
    files = {
        "report.html": page(result, node, svg(chart), joined).encode(),
        "report.json": (
            json.dumps(answer_of(result, joined), indent=1, ensure_ascii=False) + "\n"
        ).encode(),
        "report.png": png(chart),
    }
    for name, data in files.items():
        # Written aside and moved, so that a reader never meets half a report.
        aside = folder / f".{name}.part"
        aside.write_bytes(data)
        aside.replace(folder / name)
    return folder


def answer_of(result: DrillResult, joined: DrillsJoined | None = None) -> dict[str, object]:
    """Return the result as the report's JSON."""
    worst = result.worst_case
    return {
        "record": result.id,
        "drill": result.drill_id,
        "stages": [stage.model_dump() for stage in result.stages],
        "how": result.how,
        "why": result.why,
        "supplier": result.supplier,
        "scenario": result.scenario and result.scenario.model_dump(),
        "lost": [each.model_dump(mode="json") for each in result.lost],
        "prediction": result.prediction_id,
        "returned_at": result.returned_at and result.returned_at.isoformat(),
        "setbacks": result.setbacks,
        "withdrawn_at": result.withdrawn_at.isoformat(),
        "restored_at": result.restored_at.isoformat(),
        "services": [
            {
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
                "switch_seconds": line.switch_seconds,
                "measured": line.measured and line.measured.model_dump(),
            }
            for line in result.lines
        ],
        "requests": result.requests.model_dump(),
        "probes": result.probes,
        "switch_seconds": result.switch_seconds,
        "recovered_seconds": result.recovered_seconds,
        "worst_case": worst
        and {
            "service": worst.service,
            "language": worst.language,
            **worst.continuity.model_dump(),
        },
        "proposal": result.proposal and result.proposal.model_dump(),
        "joined": joined and joined.model_dump(mode="json"),
    }


def page(result: DrillResult, node: str, chart: str, joined: DrillsJoined | None = None) -> str:
    """Return the report as one page with everything in it."""
    environment = Environment(
        loader=PackageLoader("corridor.drills.adapters", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = _figure
    environment.filters["language"] = language_name
    return environment.get_template("report.html").render(
        result=result, node=node, chart=chart, joined=joined
    )


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return "unknown"
    low = "unknown" if figure.low is None else f"{figure.low:.2f}"
    high = "no upper bound" if figure.high is None else f"{figure.high:.2f}"
    return f"{figure.value:.2f} ({low} to {high})"
