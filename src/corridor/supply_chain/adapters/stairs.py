"""The picture of a plan: the loss that is left over the budget, and each scenario with and without it."""

from pathlib import Path
from typing import Any

import altair
import vl_convert

from corridor.core.errors import Invalid
from corridor.supply_chain.records import DaysLost, Plan

BEFORE, AFTER = "without a measure", "with the plan"
COLOURS = {BEFORE: "#e45756", AFTER: "#4c78a8"}
Row = dict[str, str | float | int]
Picture = dict[str, Any]


def picture(plan: Plan) -> Picture:
    """Return the picture of a plan as Vega-Lite."""
    spec: Picture = altair.vconcat(_stairs(plan), _scenarios(plan), spacing=24).to_dict()
    spec["config"] = {
        "view": {"stroke": None},
        "axis": {"labelLimit": 260, "labelFontSize": 12, "titleFontSize": 12, "grid": True},
        "title": {"anchor": "start", "fontSize": 14},
    }
    return spec


def svg(plan: Plan) -> str:
    """Render the picture of a plan as SVG."""
    return vl_convert.vegalite_to_svg(picture(plan))


def draw(plan: Plan, path: Path) -> None:
    """Write the picture of a plan, as the file's name says: .svg, .png or .html.

    Raises:
        Invalid: if the name ends otherwise, or cannot be written to.
    """
    spec = picture(plan)
    match path.suffix:
        case ".svg":
            content = vl_convert.vegalite_to_svg(spec).encode()
        case ".png":
            content = vl_convert.vegalite_to_png(spec, scale=2)
        case ".html":
            content = vl_convert.vegalite_to_html(spec, bundle=True).encode()
        case _:
            raise Invalid(f"{path} is no picture.", hint="Let it end in .svg, .png or .html.")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}.") from error


def _stairs(plan: Plan) -> altair.LayerChart | altair.FacetChart:
    steps: list[Row] = [{"budget": each.budget, "loss": each.loss} for each in plan.stairs]
    steps.append({"budget": plan.budget, "loss": plan.after})
    what = "expected loss" if plan.aim == "expected" else "worst loss of a scenario"
    x = altair.X("budget:Q", title=f"budget, {plan.currency}", axis=altair.Axis(format="~s"))
    y = altair.Y("loss:Q", title=f"{what}, share of service-days", scale=altair.Scale(zero=True))
    line = altair.Chart(altair.Data(values=steps)).mark_line(
        interpolate="step-after", strokeWidth=2
    )
    points = altair.Chart(altair.Data(values=steps[:-1])).mark_point(
        filled=True, size=60, opacity=1
    )
    bound = altair.Chart(altair.Data(values=[{"bound": plan.bound}])).mark_rule(
        strokeDash=[4, 4], color="#5b6b7b"
    )
    return altair.layer(
        line.encode(x=x, y=y),
        points.encode(x=x, y=y, tooltip=["budget:Q", "loss:Q"]),
        bound.encode(y="bound:Q"),
    ).properties(
        title="What is left of the loss, over the budget (dashed: no plan leaves less)",
        width=520,
        height=240,
    )


def _scenarios(plan: Plan) -> altair.LayerChart | altair.FacetChart:
    rows: list[Row] = []
    for each in plan.scenarios:
        label = "/".join((each.scenario, *each.parameters.values()))
        rows += [_row(label, BEFORE, each.before), _row(label, AFTER, each.after)]
    scale = altair.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("label:N", title=None, sort=None),
        yOffset=altair.YOffset("when:N", sort=[BEFORE, AFTER]),
        color=altair.Color("when:N", scale=scale, title=None, sort=[BEFORE, AFTER]),
    )
    spans = base.mark_rule(strokeWidth=2).encode(
        x=altair.X("p5:Q", title="share of service-days lost: mean, and 5 to 95 % of draws"),
        x2="p95:Q",
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x="mean:Q")
    return altair.layer(spans, points).properties(
        title="Each scenario", width=520, height={"step": 22}
    )


def _row(label: str, when: str, lost: DaysLost) -> Row:
    return {"label": label, "when": when, "mean": lost.mean, "p5": lost.p5, "p95": lost.p95}
