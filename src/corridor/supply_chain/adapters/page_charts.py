"""The pictures of an assessment, drawn by Altair and rendered without a browser.

Each is drawn twice, for a wide page and for a narrow one: letters keep their size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import altair
import vl_convert

from corridor.supply_chain.records import Layer
from corridor.supply_chain.rules.assessing import Assessment, Need, RestsOn

Picture = dict[str, Any]
Row = dict[str, str | float]
WIDE, NARROW = 880, 340
FONT = (
    "system-ui, 'Noto Sans', 'Noto Sans Devanagari', 'Noto Sans Tamil', 'Noto Sans CJK JP', "
    "'Hiragino Sans', 'Nirmala UI', sans-serif"
)
ANSWERS = "Who answers"
OF_LAYER: dict[Layer, str] = {
    "service": "The service",
    "provider": "Inference and models",
    "model": "Inference and models",
    "cloud": "Data centres and energy",
    "energy": "Data centres and energy",
    "server": "Servers, networks, accelerators",
    "accelerator": "Servers, networks, accelerators",
    "memory": "Chips: memory, packaging, fabrication, design",
    "packaging": "Chips: memory, packaging, fabrication, design",
    "fabrication": "Chips: memory, packaging, fabrication, design",
    "design": "Chips: memory, packaging, fabrication, design",
    "equipment": "Equipment",
    "material": "Materials",
    "other": "Other inputs",
    "mineral": "Minerals",
}
LAYERS = tuple(dict.fromkeys(("The service", ANSWERS, *OF_LAYER.values())))
"""The layers of the picture, from the service down."""
ALONE, FEW, SHARES, SILENT = (
    "its loss alone stops the service",
    "few provide it",
    "shares are known",
    "nobody's share is known",
)
COLOURS = {ALONE: "#b03a2e", FEW: "#f2b36b", SHARES: "#9ecae1", SILENT: "#e3e8ed"}
INK = {ALONE: "#ffffff"}
DARK, SOFT = "#1d2733", "#5b6b7b"
TILE, STEP, GAP = 24, 30, 26
"""Heights in pixels: of a tile, from one to the next, and of the words over a layer."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something with bounds, and what lies within them."""

    label: str
    low: float
    high: float
    inner_low: float | None = None
    inner_high: float | None = None
    point: float | None = None


def svg(spec: Picture) -> str:
    """Render a picture as SVG."""
    return vl_convert.vegalite_to_svg(spec)


def stack(found: Assessment, width: int) -> Picture:
    """Return what a service rests on as tiles, layer by layer, with the essential ways as lines."""
    columns = max(2, width // 176)
    tiles, heads, height = _placed(found.rests_on, columns, width)
    essential = {each.input for each in found.rests_on if each.essential}
    ways = [n for n in found.needs if n.essentiality == 2 and {n.input, n.into} <= essential]
    lines = list(_lines(ways, {str(each["input"]): each for each in tiles}))
    x, y = _across("x", width), _down("y", height)
    layers = [
        chart_of(lines).mark_rule(color=SOFT, strokeWidth=1.5, opacity=0.8).encode(x, y, x2="x2", y2="y2"),
        chart_of(tiles)
        .mark_rect(cornerRadius=4)
        .encode(
            x,
            y,
            x2="x2",
            y2="y2",
            color=altair.Color("colour:N", scale=None),
        ),
        chart_of(tiles)
        .mark_text(align="left", baseline="middle", fontSize=11, limit=width / columns - 30)
        .encode(
            _across("tx", width), _down("ty", height), text="title:N", color=altair.Color("ink:N", scale=None)
        ),
        _heads(heads, border=5.0).encode(x, y, text="title:N"),
        _heads(heads).encode(x, y, text="title:N"),
    ]  # fmt: skip
    return configured(altair.layer(*layers).properties(width=width, height=height))


def spans(rows: Sequence[Span], width: int, title: str, most: float, form: str) -> Picture:
    """Return bounds as thin lines, what is likelier within them as thick ones, and points."""
    data: list[Row] = [
        {
            "label": each.label,
            "low": each.low,
            "high": each.high,
            "inner_low": each.low if each.inner_low is None else each.inner_low,
            "inner_high": each.low if each.inner_high is None else each.inner_high,
            "point": each.low if each.point is None else each.point,
        }
        for each in rows
    ]
    scale = altair.Scale(domain=[0, most], nice=False)
    base = chart_of(data).encode(
        y=altair.Y("label:N", sort=None, axis=None, scale=altair.Scale(paddingInner=0.1))
    )
    across = altair.X("low:Q", title=title, scale=scale, axis=altair.Axis(format=form, tickCount=5))
    layers = [
        base.mark_rule(strokeWidth=2, color="#9aa5b1", yOffset=9).encode(x=across, x2="high:Q"),
        base.mark_bar(height=7, color="#4c78a8", yOffset=9).encode(
            x=altair.X("inner_low:Q", scale=scale), x2="inner_high:Q"
        ),
        base.mark_point(filled=True, size=80, color=DARK, opacity=1, yOffset=9).encode(
            x=altair.X("point:Q", scale=scale)
        ),
        base.mark_text(align="left", fontSize=12, dy=-8, color=DARK, limit=width).encode(
            x=altair.value(0), text="label:N"
        ),
    ]
    return configured(altair.layer(*layers).properties(width=width, height={"step": 36}))


def chart_of(rows: Sequence[Row]) -> altair.Chart:
    """Return a chart of rows, with no mark yet."""
    return altair.Chart(altair.Data(values=list(rows)))


def _heads(rows: Sequence[Row], border: float = 0.0) -> altair.Chart:
    """Return the words over the layers; a border keeps lines off them."""
    return chart_of(rows).mark_text(
        align="left",
        baseline="middle",
        fontSize=12,
        fontWeight="bold",
        color="#ffffff" if border else SOFT,
        stroke="#ffffff" if border else None,
        strokeWidth=border,
        strokeJoin="round",
    )


def _across(field: str, most: float) -> altair.X:
    return altair.X(f"{field}:Q", axis=None, scale=altair.Scale(domain=[0, most], nice=False))


def _down(field: str, most: float) -> altair.Y:
    scale = altair.Scale(domain=[0, most], nice=False, reverse=True)
    return altair.Y(f"{field}:Q", axis=None, scale=scale)


def _placed(
    found: Sequence[RestsOn], columns: int, width: int
) -> tuple[list[Row], list[Row], float]:
    """Return the tiles, the words over each layer, and the height of all."""
    tiles, heads, top = list[Row](), list[Row](), 0.0
    across = width / columns
    for words in LAYERS:
        here = sorted((e for e in found if layer_of(e) == words), key=_weight)
        if not here:
            continue
        heads.append({"x": 0.0, "y": top + GAP / 2, "title": words})
        top += GAP
        for at, each in enumerate(here):
            row, column = divmod(at, columns)
            tiles.append(_tile(each, column * across, top + row * STEP, across - 8))
        top += STEP * (1 + (len(here) - 1) // columns) + 6
    return tiles, heads, top


def layer_of(each: RestsOn) -> str:
    """Return in which layer of the picture an input stands."""
    return ANSWERS if each.layer == "provider" and each.steps == 1 else OF_LAYER[each.layer]


def _weight(each: RestsOn) -> tuple[bool, bool, bool, str]:
    return not each.alone, not each.essential, not each.few, each.title


def _tile(each: RestsOn, x: float, y: float, width: float) -> Row:
    state = state_of(each)
    return {
        "input": each.input,
        "title": each.title,
        "colour": COLOURS[state],
        "ink": INK.get(state, DARK),
        "x": x,
        "x2": x + width,
        "y": y,
        "y2": y + TILE,
        "tx": x + 7,
        "ty": y + TILE / 2,
    }


def state_of(each: RestsOn) -> str:
    """Return in which words an input's thinness is told."""
    if each.alone:
        return ALONE
    if each.few:
        return FEW
    return SILENT if each.covered is None else SHARES


def _lines(needs: Sequence[Need], tiles: dict[str, Row]) -> Iterator[Row]:
    """Yield a line from each thing down to what it needs."""
    for each in needs:
        above, below = tiles.get(each.into), tiles.get(each.input)
        if above and below and float(above["y2"]) <= float(below["y"]):
            yield {
                "x": (float(above["x"]) + float(above["x2"])) / 2,
                "y": above["y2"],
                "x2": (float(below["x"]) + float(below["x2"])) / 2,
                "y2": below["y"],
            }


def configured(chart: altair.LayerChart | altair.FacetChart) -> Picture:
    """Return a chart in the letters and lines of the page."""
    spec: Picture = chart.to_dict()
    spec["config"] = {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {"labelFontSize": 12, "titleFontSize": 12, "grid": True, "gridColor": "#e6ebf0"},
        "padding": 2,
    }
    return spec
