"""The picture of what is lost from day to day: a row a scenario, on one axis of days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair

from corridor.supply_chain.adapters.page_charts import DARK, Picture, Row, chart_of, configured
from corridor.supply_chain.records import Moment

ROW, WORDS = 78.0, 22.0
"""Heights in pixels: of a row, and of the words over what is drawn in it."""
ALL, LIKELY = "#d9dfe6", "#4c78a8"


@dataclass(frozen=True, slots=True)
class Days:
    """What a scenario takes from day to day, and the days on which something begins."""

    label: str
    moments: Sequence[Moment]
    begins: Sequence[float]


def in_days(found: Sequence[Days], width: int, horizon: float) -> Picture:
    """Return for each scenario the part that is lost, from the bounds to the median, over the days."""
    height = ROW * len(found)
    x = altair.X(
        "day:Q",
        title="days from the scenario's day 0",
        scale=altair.Scale(domain=[0, horizon], nice=False),
        axis=altair.Axis(tickCount=8 if width > horizon else 5),
    )
    down = altair.Scale(domain=[0, height], nice=False, reverse=True)
    y = _y("top", down)
    rows = [row for at, each in enumerate(found) for row in _rows(each, at, horizon)]
    words: list[Row] = [
        {"day": 0.0, "top": at * ROW + WORDS / 2, "label": each.label}
        for at, each in enumerate(found)
    ]
    begins: list[Row] = [
        {"day": day, "top": at * ROW + WORDS, "bottom": (at + 1) * ROW - 6}
        for at, each in enumerate(found)
        for day in each.begins
    ]
    ground: list[Row] = [
        {"day": 0.0, "end": horizon, "top": (at + 1) * ROW - 6} for at in range(len(found))
    ]
    base = chart_of(rows).encode(x=x, detail="row:N")
    layers = [
        base.mark_area(color=ALL, interpolate="step-after").encode(y=_y("high", down), y2="low:Q"),
        base.mark_area(color=LIKELY, opacity=0.55, interpolate="step-after").encode(
            y=_y("p95", down), y2="p5:Q"
        ),
        base.mark_line(color=DARK, strokeWidth=2, interpolate="step-after").encode(
            y=_y("median", down)
        ),
        chart_of(ground).mark_rule(color="#9aa5b1").encode(x=x, x2="end:Q", y=y),
        chart_of(begins)
        .mark_rule(color="#b03a2e", strokeDash=[3, 3], strokeWidth=1.5)
        .encode(x=x, y=y, y2="bottom:Q"),
        chart_of(words)
        .mark_text(align="left", baseline="middle", fontSize=12, color=DARK, limit=width)
        .encode(x=altair.value(0), y=y, text="label:N"),
    ]
    return configured(altair.layer(*layers).properties(width=width, height=height))


def _y(field: str, down: altair.Scale) -> altair.Y:
    return altair.Y(f"{field}:Q", axis=None, scale=down)


def _rows(each: Days, at: int, horizon: float) -> Iterator[Row]:
    """Yield the days of a scenario, each figure as a height in its row."""
    ground, tall = (at + 1) * ROW - 6, ROW - WORDS - 6
    last = each.moments[-1].model_copy(update={"day": horizon})
    for moment in (*each.moments, last):
        heights = {
            name: ground - tall * value
            for name, value in moment.model_dump(exclude={"day"}).items()
        }
        yield {"row": each.label, "day": moment.day, **heights}
