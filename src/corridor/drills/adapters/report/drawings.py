"""The pictures of a drill's report, drawn by Altair and rendered without a browser.

Each is drawn twice, for a wide page and for a narrow one: letters keep their size.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import altair

from corridor.drills.adapters.names import english_name, own_name
from corridor.drills.records import Figure, Line, Timeline
from corridor.drills.rules.reporting import Report

Picture = dict[str, Any]
Row = dict[str, str | float | int | None]
WIDE, NARROW = 880, 340
FONT = (
    "system-ui, 'Noto Sans', 'Noto Sans Devanagari', 'Noto Sans Bengali', 'Noto Sans Tamil', "
    "'Noto Sans Telugu', 'Noto Sans Kannada', 'Noto Sans Malayalam', 'Noto Sans Gujarati', "
    "'Noto Sans Gurmukhi', 'Noto Sans Oriya', 'Noto Sans CJK JP', 'Hiragino Sans', 'Nirmala UI', sans-serif"
)
DARK, SOFT, GRID, BAD = "#1d2733", "#5b6b7b", "#e6ebf0", "#b03a2e"
FORETOLD, EVIDENCE, PROBES = "foretold", "by evidence", "by the drill's probes"
KINDS = {FORETOLD: "#6f7d8c", EVIDENCE: "#1f6f9c", PROBES: "#c77b1a"}
NOBODY = "nobody: not answered"
PROVIDERS = ("#1f6f9c", "#f2a541", "#5aa46f", "#8e6bbf", "#8c6d5a", "#4fb3bf", "#b5a642", "#d987b5")
STAGES = {"shadow": "#eef1f4", "canary": "#f9eed8", "full": "#f6e0dc"}
MOST_LINES, A_PICTURE = 24, 8
"""So many lines are drawn, and so many in one picture, which a printed page can hold."""
BLOCK, ROW, TEXT = 76, 15, 128
"""In pixels: of a line, of an interval in it, and of the figures at the right."""
INDEPENDENT = {"scale": {"color": "independent"}}
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
END = 1.5
"""The axis goes so far at least."""


def drawn_lines(report: Report) -> list[Line]:
    """Return the lines of which something can be drawn, the least first."""
    known = (
        e for e in report.lines if any(f and f.value is not None for _, f in _figures(report, e))
    )
    return list(known)


def continuity(report: Report, width: int) -> list[Picture]:
    """Return continuity by service and language: foretold, by evidence, and by the drill's probes."""
    lines = drawn_lines(report)[:MOST_LINES]
    most = _most(report, lines)
    starts = range(0, len(lines), A_PICTURE)
    return [_continuity(report, lines[at : at + A_PICTURE], most, width) for at in starts]


def _continuity(report: Report, lines: Sequence[Line], most: float, width: int) -> Picture:
    heads, marks = list[Row](), list[Row]()
    for at, line in enumerate(lines):
        heads.append(_head(report, line, at * BLOCK + 10))
        figures = _figures(report, line)
        for place, (kind, figure) in enumerate(figures):
            marks.append(_mark(kind, figure, at * BLOCK + 28 + place * ROW, most))
    height = BLOCK * len(lines)
    x = altair.X(
        "low:Q",
        title="continuity: 1 is as before, 0 is nothing",
        scale=altair.Scale(domain=[0, most], range=[0, width - TEXT], nice=False, zero=True),
        axis=altair.Axis(tickCount=8 if width == WIDE else 4),
    )
    scale = altair.Scale(domain=list(KINDS), range=list(KINDS.values()))
    legend = altair.Legend(orient="top", columns=3 if width == WIDE else 1, symbolType="circle")
    plain = altair.Color("kind:N", scale=scale, legend=None)
    named = altair.Color("kind:N", title=None, sort=list(KINDS), scale=scale, legend=legend)
    base = _chart(marks).encode(y=_down("y", height), color=plain)
    known = base.transform_filter("isValid(datum.value)")
    layers = [
        _chart([{"low": 1.0}]).mark_rule(strokeDash=[4, 4], color=SOFT).encode(x=x),
        known.mark_rule(strokeWidth=2.5).encode(x=x, x2="high:Q"),
        known.transform_filter("datum.open")
        .mark_point(shape="triangle-right", filled=True, size=70, opacity=1)
        .encode(x=altair.X("high:Q")),
        known.mark_point(filled=True, size=70, opacity=1).encode(
            x=altair.X("value:Q"), color=named
        ),
        base.mark_text(align="right", baseline="middle", fontSize=11).encode(
            x=altair.value(width), text="text:N"
        ),
        _chart(heads)
        .mark_text(align="left", baseline="middle", fontSize=12.5, fontWeight="bold", limit=width)
        .encode(
            x=altair.value(0),
            y=_down("y", height),
            text="text:N",
            color=altair.Color("ink:N", scale=None),
        ),
    ]
    spec = altair.layer(*layers).properties(width=width, height=height).to_dict()
    return _configured({**spec, "resolve": INDEPENDENT})


def course(report: Report, width: int) -> Picture | None:
    """Return who answered how many requests, step by step; None in a result that has not kept it."""
    line = report.result.timeline
    if line is None:
        return None
    names = _providers(report, line)
    parts = [
        {**_course(report, line, width, names, probes=probes), "resolve": INDEPENDENT}
        for probes in (False, True)
    ]
    return _configured({"$schema": SCHEMA, "vconcat": parts, "spacing": 14})


def _course(
    report: Report, line: Timeline, width: int, names: Mapping[str, str], *, probes: bool
) -> Picture:
    rows = list(_steps(line, list(names), probes=probes))
    stages = _stages(report)
    end = line.step_seconds * max((len(row.counts) for row in line.rows), default=1)
    colours = altair.Scale(domain=list(names), range=list(names.values()))
    title = "the drill's probes" if probes else "live requests"
    x = altair.X(
        "begin:Q",
        title="seconds since the drill began" if probes else None,
        scale=altair.Scale(domain=[0, end], nice=False),
        axis=altair.Axis(grid=False, labels=probes, tickCount=8 if width == WIDE else 5),
    )
    legend = altair.Legend(orient="top", columns=3 if width == WIDE else 1)
    counted = altair.Y(
        "low:Q", title=title, axis=altair.Axis(tickMinStep=1, tickCount=4, grid=False)
    )
    who = altair.Color(
        "who:N",
        title=None,
        sort=list(names),
        scale=colours,
        legend=None if probes else legend,
    )
    layers = [
        _chart(stages)
        .mark_rect(opacity=1)
        .encode(x=x, x2="end:Q", color=altair.Color("colour:N", scale=None)),
        _chart(rows)
        .mark_rect(opacity=1)
        .encode(x=x, x2="end:Q", y=counted, y2="high:Q", color=who),
        _chart(stages).mark_rule(color=SOFT, strokeDash=[3, 3]).encode(x=x),
    ]
    if not probes:
        layers.append(
            _chart(stages)
            .mark_text(align="left", baseline="bottom", dx=3, dy=-3, fontSize=11, color=DARK)
            .encode(x=x, y=altair.value(0), text="text:N")
        )
    spec: Picture = altair.layer(*layers).properties(width=width - 54, height=110).to_dict()
    return spec


def _head(report: Report, line: Line, y: float) -> Row:
    own = own_name(line.language)
    name = english_name(line.language)
    wrong = "  contradicts what was foretold" if report.contradicts(line) else ""
    text = f"{line.service}: {name}{'  ' + own if own else ''}{wrong}"
    return {"text": text, "y": y, "ink": BAD if wrong else DARK}


def _figures(report: Report, line: Line) -> list[tuple[str, Figure | None]]:
    measured = line.measured.continuity if line.measured else None
    return [
        (FORETOLD, report.foretold(line)),
        (EVIDENCE, line.continuity),
        (PROBES, measured),
    ]


def _mark(kind: str, figure: Figure | None, y: float, most: float) -> Row:
    if figure is None or figure.value is None:
        text = "unknown" if figure is not None or kind == EVIDENCE else "not told"
        return {
            "kind": kind,
            "y": y,
            "value": None,
            "low": 0.0,
            "high": 0.0,
            "open": 0,
            "text": text,
        }
    low = figure.value if figure.low is None else figure.low
    high = most if figure.high is None else figure.high
    ends = f"{low:.2f} to " + ("no bound" if figure.high is None else f"{high:.2f}")
    return {
        "kind": kind,
        "y": y,
        "value": min(figure.value, most),
        "low": min(low, most),
        "high": min(high, most),
        "open": int(figure.high is None or high > most),
        "text": f"{figure.value:.2f} ({ends})",
    }


def _most(report: Report, lines: Sequence[Line]) -> float:
    """Return where the axis ends: beyond every value, but not beyond every upper end."""
    found = [f.value for line in lines for _, f in _figures(report, line) if f and f.value]
    return max(END, *(1.15 * each for each in found)) if found else END


def _steps(line: Timeline, order: Sequence[str], *, probes: bool) -> Iterator[Row]:
    """Yield who answered in each step, one upon the other."""
    rows = [row for row in line.rows if row.probes == probes]
    rows.sort(key=lambda row: order.index(row.provider or NOBODY))
    for step in range(max((len(row.counts) for row in rows), default=0)):
        top = 0
        for row in rows:
            count = row.counts[step] if step < len(row.counts) else 0
            if count:
                yield {
                    "who": row.provider or NOBODY,
                    "begin": step * line.step_seconds,
                    "end": (step + 1) * line.step_seconds,
                    "low": top,
                    "high": top + count,
                }
            top += count


def _stages(report: Report) -> list[Row]:
    result = report.result
    start = result.started_at
    begins = result.entered_at or (result.withdrawn_at,)
    kinds = [stage.kind for stage in result.stages] or ["full"]
    ends = (*begins[1:], result.restored_at)
    found: list[Row] = [
        {
            "text": kind,
            "begin": (begin - start).total_seconds(),
            "end": (end - start).total_seconds(),
            "colour": STAGES[kind],
        }
        for kind, begin, end in zip(kinds, begins, ends, strict=False)
    ]
    at = (result.restored_at - start).total_seconds()
    return [*found, {"text": "restored", "begin": at, "end": at, "colour": GRID}]


def _providers(report: Report, line: Timeline) -> dict[str, str]:
    """Return who is drawn in which colour: who answered before first, nobody last and red."""
    before = dict.fromkeys(e.before.provider for e in report.lines if e.before.provider)
    every = dict.fromkeys([*before, *(row.provider for row in line.rows if row.provider)])
    named = {str(name): PROVIDERS[at % len(PROVIDERS)] for at, name in enumerate(every) if name}
    nobody = any(row.provider is None for row in line.rows)
    return {**named, NOBODY: BAD} if nobody else named


def _chart(rows: Sequence[Row]) -> altair.Chart:
    return altair.Chart(altair.Data(values=list(rows)))


def _down(field: str, most: float) -> altair.Y:
    scale = altair.Scale(domain=[0, most], range=[0, most], nice=False)
    return altair.Y(f"{field}:Q", axis=None, scale=scale)


def _configured(spec: Picture) -> Picture:
    return {
        **spec,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {"labelFontSize": 12, "titleFontSize": 12, "gridColor": GRID},
            "legend": {"labelFontSize": 12, "labelLimit": 300},
            "padding": 2,
        },
    }
