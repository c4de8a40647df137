"""A drill's report as a page with everything in it; nothing runs in it or is fetched."""

from collections.abc import Callable, Iterable

from corridor.core.pages import templates_in
from corridor.drills.adapters.charts import svg
from corridor.drills.adapters.names import direction, english_name, own_name
from corridor.drills.adapters.report.drawings import (
    MOST_LINES,
    NARROW,
    WIDE,
    Picture,
    continuity,
    course,
    drawn_lines,
)
from corridor.drills.records import Figure, Spent
from corridor.drills.rules.reporting import Report, by_verdict, verdict
from corridor.gateway import MINOR_DIGITS

VERDICTS = {
    "unknown": "Not known",
    "nothing": "Nobody answers",
    "worse": "Continues, worse",
    "same": "Continues, no difference beyond noise",
    "better": "Continues, better",
}
PERCENT = "\N{NO-BREAK SPACE}%"
MILLION = 1_000_000
WIDTHS = (WIDE, NARROW)
FEW = 12
"""With more lines the first screen names them without their intervals."""


def page(report: Report) -> str:
    """Return a report as a page."""
    environment = templates_in("corridor.drills.adapters", "templates/report")
    shown: dict[str, Callable[..., object]] = {
        "figure": figure,
        "seconds": seconds,
        "spent": spent,
        "part": part,
        "sentence": sentence,
        "english": english_name,
        "own": own_name,
        "direction": direction,
        "verdict": verdict,
    }
    environment.filters.update(shown)
    drawn = drawn_lines(report)
    return environment.get_template("report.html").render(
        report=report,
        result=report.result,
        lines=report.lines,
        few=FEW,
        verdicts=by_verdict(report.lines),
        words=VERDICTS,
        blank=[line for line in report.lines if line not in drawn],
        continuity=list(zip(*(_drawn(continuity(report, w)) for w in WIDTHS), strict=True)),
        drawn_lines=min(MOST_LINES, len(drawn)),
        known=len(drawn),
        course=_course(report),
    )


def figure(found: Figure | None) -> str:
    """Return a figure with its interval behind it."""
    if found is None or found.value is None:
        return "unknown"
    low = "unknown" if found.low is None else f"{found.low:.2f}"
    high = "no upper bound" if found.high is None else f"{found.high:.2f}"
    return f"{found.value:.2f} ({low} to {high})"


def seconds(found: float | None, without: str = "unknown") -> str:
    """Return a time in seconds, or a word where there is none."""
    return without if found is None else f"{found:.2f}\N{NO-BREAK SPACE}s"


def part(value: float) -> str:
    """Return a part of 1 in per cent, without a false nought or a false whole."""
    value = round(value, 9)  # what is left of a sum of many parts is no part
    shown = f"{value:.0%}"
    if shown == "0%" and value > 0:
        return f"under 1{PERCENT}"
    if shown == "100%" and value < 1:
        return f"over 99{PERCENT}"
    return f"{shown[:-1]}{PERCENT}"


def sentence(text: str) -> str:
    """Return words with a capital letter at their beginning, and names as they are."""
    return text[:1].upper() + text[1:]


def spent(found: Spent) -> str:
    """Return what answers cost in words: each currency by itself, and how many are of unknown cost."""
    said = [
        f"{_money(each.millionths / each.answers, each.currency)} an answer "
        f"({each.answers}: {_money(each.millionths, each.currency)})"
        for each in found.amounts
    ]
    if found.unpriced:
        said.append(f"unknown for {found.unpriced}")
    return "; ".join(said) or "nothing was answered"


def _money(millionths: float, currency: str) -> str:
    amount = millionths / MILLION / 10 ** MINOR_DIGITS.get(currency, 0)
    return f"{amount:,.4g} {currency}"


def _course(report: Report) -> tuple[str, ...] | None:
    """Return the course of the drill, for a wide and for a narrow page."""
    found = [course(report, width) for width in WIDTHS]
    return tuple(_drawn(each for each in found if each is not None)) or None


def _drawn(specs: Iterable[Picture]) -> list[str]:
    return [svg(each) for each in specs]
