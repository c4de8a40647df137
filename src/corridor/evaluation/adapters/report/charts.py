"""The pictures of the report on evidence, drawn by Altair and rendered without a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair
import vl_convert

Picture = dict[str, Any]
CELL = 44
"""Height of a language's row, in pixels."""
HEAD = altair.Axis(
    labelAngle=0,
    orient="bottom",
    labelExpr="split(datum.label, ', ')",
    labelLimit=160,
    ticks=False,
    domain=False,
)
"""Model and suite below each other, and both below the column."""
FINDINGS = {
    "behind": "#c0392b",
    "behind, by less than the margin": "#e59866",
    "no gap": "#4c78a8",
    "ahead, by less than the margin": "#76b7b2",
    "ahead": "#2e7d32",
    "open": "#9aa5b1",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One score of the heat map."""

    task: str
    language: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One gap with its interval."""

    task: str
    language: str
    value: float
    low: float
    high: float
    finding: str


def heat_map(cells: Sequence[Cell]) -> Picture:
    """Return languages by tasks: the score, and below it its interval and n."""
    rows = [
        {
            "task": cell.task,
            "language": cell.language,
            "value": cell.value,
            "shown": f"{cell.value:.2f}",
            "around": f"{cell.low:.2f} to {cell.high:.2f}, n {cell.n}",
        }
        for cell in cells
    ]
    base = altair.Chart(altair.Data(values=rows)).encode(
        x=altair.X(
            "task:N",
            title=None,
            sort=None,
            axis=HEAD,
        ),
        y=altair.Y("language:N", title=None, sort=None),
    )
    scale = altair.Scale(domain=[0, 1], scheme="blues")
    boxes = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=altair.Color("value:Q", scale=scale, title="score")
    )
    ink = altair.condition("datum.value > 0.6", altair.value("white"), altair.value("#1d2733"))
    score = base.mark_text(fontSize=14, fontWeight="bold", dy=-7).encode(text="shown:N", color=ink)
    around = base.mark_text(fontSize=10, dy=9).encode(text="around:N", color=ink)
    tasks, languages = {cell.task for cell in cells}, {cell.language for cell in cells}
    chart = altair.layer(boxes, score, around).properties(
        width=max(170, 170 * len(tasks)), height=max(CELL, CELL * len(languages))
    )
    spec: Picture = chart.to_dict()
    return _configured(spec)


def gap_plot(bars: Sequence[Bar], against: str) -> Picture:
    """Return the gaps with their intervals, coloured by what was found."""
    seen = [finding for finding in FINDINGS if any(bar.finding == finding for bar in bars)]
    scale = altair.Scale(domain=seen, range=[FINDINGS[each] for each in seen])
    ends = [end for bar in bars for end in (bar.low, bar.high)]
    span = altair.Scale(domain=[min(0.0, *ends), max(0.0, *ends)])
    title = f"score in {against} less score in the language, with 95 % interval"
    charts = [
        _gaps_of([bar for bar in bars if bar.task == task], task, scale, span, title)
        for task in dict.fromkeys(bar.task for bar in bars)
    ]
    spec: Picture = altair.vconcat(*charts).to_dict()
    return _configured(spec)


def _gaps_of(
    bars: Sequence[Bar], task: str, scale: altair.Scale, span: altair.Scale, title: str
) -> altair.LayerChart | altair.FacetChart:
    rows = [
        {
            "language": bar.language,
            "value": bar.value,
            "low": bar.low,
            "high": bar.high,
            "finding": bar.finding,
        }
        for bar in bars
    ]
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("language:N", title=None, sort=None),
        color=altair.Color("finding:N", scale=scale, title=None),
    )
    across = altair.X("low:Q", title=title, scale=span)
    lines = base.mark_rule(strokeWidth=2).encode(x=across, x2="high:Q")
    points = base.mark_point(filled=True, size=90, opacity=1).encode(x="value:Q")
    zero = (
        altair.Chart(altair.Data(values=[{"zero": 0}]))
        .mark_rule(strokeDash=[4, 4], color="#5b6b7b")
        .encode(x="zero:Q")
    )
    return altair.layer(zero, lines, points).properties(
        title=task, width=520, height=max(40, 28 * len(bars))
    )


def png(spec: Picture) -> bytes:
    """Render a picture as PNG, at twice its size."""
    return vl_convert.vegalite_to_png(spec, scale=2)


def _configured(spec: Picture) -> Picture:
    spec["config"] = {
        "view": {"stroke": None},
        "axis": {"labelLimit": 260, "labelFontSize": 12, "titleFontSize": 12, "grid": False},
        "title": {"anchor": "start", "fontSize": 14},
        "header": {"labelAnchor": "start", "labelFontSize": 13, "labelOrient": "top"},
    }
    return spec
