"""The pictures of a drill's report, drawn by Altair and rendered without a browser."""

from typing import Any

import altair
import vl_convert

from corridor.drills.adapters.names import language_name
from corridor.drills.records import DrillResult, Figure

BEFORE, AFTER = "before", "after"
COLOURS = {BEFORE: "#4c78a8", AFTER: "#e45756"}
OUTCOMES = {"served": "#4c78a8", "moved": "#f2a541", "failed": "#c0392b"}
Row = dict[str, str | float | int]
Picture = dict[str, Any]


def picture(result: DrillResult) -> Picture:
    """Return the picture of a drill as Vega-Lite: quality before and after, then requests."""
    spec: Picture = altair.vconcat(_quality(result), _requests(result), spacing=24).to_dict()
    spec["resolve"] = {"scale": {"color": "independent", "y": "independent"}}
    spec["config"] = {
        "view": {"stroke": None},
        "axis": {"labelLimit": 260, "labelFontSize": 12, "titleFontSize": 12, "grid": True},
        "title": {"anchor": "start", "fontSize": 14},
    }
    return spec


def svg(spec: Picture) -> str:
    """Render a picture as SVG."""
    return vl_convert.vegalite_to_svg(spec)


def png(spec: Picture) -> bytes:
    """Render a picture as PNG, at twice its size."""
    return vl_convert.vegalite_to_png(spec, scale=2)


def _quality(result: DrillResult) -> altair.LayerChart | altair.FacetChart:
    rows: list[Row] = []
    for line in result.lines:
        label = f"{line.service}: {language_name(line.language)}"
        for when, quality in ((BEFORE, line.before), (AFTER, line.after)):
            rows += _row(label, when, quality.provider or "nobody", quality.figure)
    scale = altair.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("label:N", title=None, sort=None),
        yOffset=altair.YOffset("when:N", sort=[BEFORE, AFTER]),
        color=altair.Color("when:N", scale=scale, title=None, sort=[BEFORE, AFTER]),
    )
    bars = base.mark_rule(strokeWidth=2).encode(
        x=altair.X(
            "low:Q",
            title="share of questions answered rightly, with 95 % interval",
            scale=altair.Scale(domain=[0, 1]),
        ),
        x2="high:Q",
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(x="value:Q")
    names = base.mark_text(align="left", dx=8, dy=-8, fontSize=11).encode(
        x="value:Q", text="provider:N"
    )
    return altair.layer(bars, points, names).properties(
        title=f"Quality of what answers, before and {result.under}",
        width=520,
        height={"step": 26},
    )


def _requests(result: DrillResult) -> altair.Chart:
    rows: list[Row] = [
        {
            "label": f"{line.service}: {language_name(line.language)}",
            "outcome": outcome,
            "order": list(OUTCOMES).index(outcome),
            "count": getattr(line.requests, outcome),
        }
        for line in result.lines
        for outcome in OUTCOMES
    ]
    scale = altair.Scale(domain=list(OUTCOMES), range=list(OUTCOMES.values()))
    return (
        altair.Chart(altair.Data(values=rows))
        .mark_bar(height=16)
        .encode(
            y=altair.Y("label:N", title=None, sort=None),
            x=altair.X("count:Q", title="requests", axis=altair.Axis(tickMinStep=1)),
            color=altair.Color("outcome:N", scale=scale, title=None, sort=list(OUTCOMES)),
            order=altair.Order("order:Q"),
        )
        .properties(
            title="What became of the requests during the drill", width=520, height={"step": 26}
        )
    )


def _row(label: str, when: str, provider: str, figure: Figure) -> list[Row]:
    if figure.value is None:
        return []
    low = figure.value if figure.low is None else figure.low
    high = 1.0 if figure.high is None else figure.high
    return [
        {
            "label": label,
            "when": when,
            "provider": provider,
            "value": figure.value,
            "low": low,
            "high": high,
        }
    ]
