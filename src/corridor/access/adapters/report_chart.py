"""The picture of a month's report, drawn by Altair and rendered without a browser."""

from pathlib import Path
from typing import Any

import altair
import vl_convert

from corridor.access.records.account import Dimension, Section, Side
from corridor.access.rules.report import month_of
from corridor.core.errors import Invalid, Unavailable

COLOURS: dict[Side, str] = {"allowed": "#4c78a8", "denied": "#c0392b"}
Picture = dict[str, Any]


def write_picture(month: str, section: Section, path: Path) -> None:
    """Draw decisions a day and refusals by reason into an SVG or PNG file, by its ending.

    Raises:
        Invalid: if the file's name ends otherwise.
        Unavailable: if it cannot be written.
    """
    spec = picture(month, section)
    if path.suffix == ".svg":
        data = vl_convert.vegalite_to_svg(spec).encode()
    elif path.suffix == ".png":
        data = vl_convert.vegalite_to_png(spec, scale=2)
    else:
        raise Invalid(f"{path.name} is no name of a picture.", hint="End it in .svg or .png.")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error


def picture(month: str, section: Section) -> Picture:
    """Return the picture as Vega-Lite; only what the report shows is in it."""
    days, reasons = _rows(section, "day"), _rows(section, "reason")
    rest = sum(b.rest for b in section.breakdowns if b.by == "day")
    charts = [_days(month, days, rest)]
    if reasons:
        charts.append(_reasons(reasons))
    spec: Picture = altair.vconcat(*charts, spacing=28).to_dict()
    spec["title"] = {
        "text": f"Access decisions about people of {section.home}, {month}",
        "fontSize": 16,
        "anchor": "start",
    }
    spec["config"] = {
        "view": {"stroke": None},
        "axis": {"labelLimit": 280, "labelFontSize": 12, "titleFontSize": 12},
        "title": {"anchor": "start", "frame": "bounds", "fontSize": 14},
    }
    return spec


def _days(month: str, rows: list[dict[str, str | int]], rest: int) -> altair.Chart:
    note = f"; {rest:,} more on days that are hidden" if rest else ""
    scale = altair.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    since, until = month_of(month)
    shown = [f"{month}-{day:02}" for day in range(1, (until - since).days + 1)]
    return (
        altair.Chart(altair.Data(values=rows))
        .mark_bar()
        .encode(
            x=altair.X(
                "label:O",
                title="day, UTC",
                scale=altair.Scale(domain=shown),
                axis=altair.Axis(labelExpr="slice(datum.value, 8)", labelAngle=0),
            ),
            y=altair.Y("count:Q", title="decisions", axis=altair.Axis(tickMinStep=1, format=",d")),
            color=altair.Color("side:N", scale=scale, title=None, sort=list(COLOURS)),
        )
        .properties(title=f"Decisions a day{note}", width=620, height=220)
    )


def _reasons(rows: list[dict[str, str | int]]) -> altair.Chart:
    return (
        altair.Chart(altair.Data(values=rows))
        .mark_bar(height=16, color=COLOURS["denied"])
        .encode(
            y=altair.Y("label:N", title=None, sort="-x"),
            x=altair.X("count:Q", title="refusals", axis=altair.Axis(tickMinStep=1, format=",d")),
        )
        .properties(title="Refused, by reason", width=620, height={"step": 26})
    )


def _rows(section: Section, by: Dimension) -> list[dict[str, str | int]]:
    rows: list[dict[str, str | int]] = []
    for each in section.breakdowns:
        if each.by == by:
            rows += [
                {"label": cell.label, "count": cell.count, "side": each.side} for cell in each.cells
            ]
            if by == "reason" and each.rest:
                rows.append({"label": "hidden, together", "count": each.rest, "side": each.side})
    return rows
