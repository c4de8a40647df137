"""Whether a drill went better or worse than an earlier one, beyond noise. Pure functions."""

import math

from corridor.drills.records import DrillResult, Figure, Line
from corridor.drills.records.comparisons import Compared, Side, Verdict
from corridor.drills.rules.figures import UNKNOWN, figure_of
from corridor.evaluation import wilson

BY_CHANCE = 20
"""One in so many languages looks changed at 95 % where nothing has."""


def difference(second: Figure, first: Figure) -> Figure:
    """Return second - first with a 95 % interval, from the intervals of both.

    MOVER: Zou and Donner, Stat. Med. 27 (2008) 1693; of two shares with Wilson limits it is
    Newcombe's method 10. Both are taken as independent: where they rest on the same items the
    interval is wider than it need be. An end is None where a figure has none on that side.
    """
    if first.value is None or second.value is None:
        return UNKNOWN
    value = second.value - first.value
    down, up = _off(second, below=True), _off(second, below=False)
    first_down, first_up = _off(first, below=True), _off(first, below=False)
    low = None if down is None or first_up is None else value - math.hypot(down, first_up)
    high = None if up is None or first_down is None else value + math.hypot(up, first_down)
    return Figure(value=value, low=low, high=high)


def verdict(found: Figure, *, more_is_better: bool) -> Verdict:
    """Say what a difference means."""
    if found.value is None:
        return "unknown"
    if found.low is not None and found.low > 0.0:
        return "better" if more_is_better else "worse"
    if found.high is not None and found.high < 0.0:
        return "worse" if more_is_better else "better"
    return "no difference beyond noise"


def compared(first: Line, second: Line) -> Compared:
    """Return one service in one language in both drills."""
    same = _evidence(first) == _evidence(second)
    found = difference(second.continuity, first.continuity)
    if same and found.value is not None:
        found = Figure(value=0.0, low=0.0, high=0.0)
    one, two = _side(first), _side(second)
    failed = difference(two.failed, one.failed)
    return Compared(
        service=first.service,
        language=first.language,
        first=one,
        second=two,
        continuity=verdict(found, more_is_better=True),
        difference=found,
        same_evidence=same,
        failures=verdict(failed, more_is_better=False),
        failed_difference=failed,
    )


def lines_compared(first: DrillResult, second: DrillResult) -> list[Compared]:
    """Return all that both drills watched: what became worse first, then what is unknown."""
    before, after = lines_of(first), lines_of(second)
    found = [compared(line, after[place]) for place, line in before.items() if place in after]
    return sorted(found, key=_worse_first)


def lines_of(result: DrillResult) -> dict[tuple[str, str], Line]:
    """Return the lines of a drill by service and language."""
    return {(line.service, line.language): line for line in result.lines}


def notes(first: DrillResult, second: DrillResult, count: int) -> list[str]:
    """Return what a reader of the comparison must know."""
    found: list[str] = []
    if first.cause != second.cause:
        found.append(f"different losses: {first.cause} in the first, {second.cause} in the second")
    elif first.scenario and second.scenario and first.scenario != second.scenario:
        found.append(f"{first.scenario.name} was another scenario then, or asked from elsewhere")
    found += [
        f"the drill of {each.withdrawn_at:%Y-%m-%d %H:%M} did not come to its end: {each.why}"
        for each in (first, second)
        if each.why
    ]
    found += [
        f"in the drill of {each.withdrawn_at:%Y-%m-%d %H:%M} what was lost had not answered {line.service} in "
        f"{line.language} before"
        for each in (first, second)
        for line in each.unmet
    ]
    if second.withdrawn_at < first.withdrawn_at:
        found.append("the second is the earlier one")
    if count >= BY_CHANCE:
        found.append(f"at 95 % about one in {BY_CHANCE} looks changed by chance alone")
    return found


def _evidence(line: Line) -> tuple[str | None, ...]:
    """Return what the qualities of a line rest on, and who answered."""
    sides = (line.before, line.after)
    return tuple(s.source.record_id if s.source else s.provider for s in sides)


def _side(line: Line) -> Side:
    requests = line.requests
    failed = figure_of(wilson(requests.failed, requests.sent)) if requests.sent else UNKNOWN
    return Side(continuity=line.continuity, failed=failed, switch_seconds=line.switch_seconds)


def _off(figure: Figure, *, below: bool) -> float | None:
    end = figure.low if below else figure.high
    return None if end is None or figure.value is None else abs(figure.value - end)


def _worse_first(each: Compared) -> tuple[int, float, str, str]:
    if "worse" in (each.continuity, each.failures):
        place = 0
    else:
        place = 1 if each.continuity == "unknown" else 2
    return place, each.difference.value or 0.0, each.service, each.language
