"""How continuity is computed. Pure functions."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from corridor.drills.errors import NoDuration
from corridor.drills.ports import Probed
from corridor.drills.records import Figure, Line, Requests, Worst
from corridor.evaluation import Estimate
from corridor.gateway import Handled

UNKNOWN = Figure(value=None, low=None, high=None)
NOTHING = Figure(value=0.0, low=0.0, high=0.0)
LONGEST = timedelta(hours=24)
UNITS = {"s": 1, "m": 60, "h": 3600}


def duration(text: str) -> timedelta:
    """Read a duration such as 30s, 5m or 1h.

    Raises:
        NoDuration: if it is none, is zero, or is longer than a day.
    """
    found = re.fullmatch(r"(\d{1,6})([smh])", text.strip())
    length = timedelta(seconds=int(found[1]) * UNITS[found[2]]) if found else timedelta(0)
    if not timedelta(0) < length <= LONGEST:
        raise NoDuration(f"{text!r} is no duration for a drill.")
    return length


def ratio(after: Figure, before: Figure) -> Figure:
    """Return after / before with a 95 % interval, from the two proportions' own intervals.

    MOVER-R: Donner and Zou, Stat. Methods Med. Res. 21 (2012) 347, equation for a ratio of two
    independent estimates, here with Wilson limits, which allow zero. Both models answer the same
    items, so their scores are positively correlated and the interval is wider than it need be.
    The upper limit is None where it has no bound: where `before` cannot be told from zero.
    """
    a, b = after, before
    if a.value is None or a.low is None or a.high is None:
        return UNKNOWN
    if b.value is None or b.low is None or b.high is None or b.value == 0:
        return UNKNOWN
    if a == NOTHING:
        return NOTHING
    product = a.value * b.value
    below, above = b.high * (2 * b.value - b.high), b.low * (2 * b.value - b.low)
    under_low = product**2 - a.low * (2 * a.value - a.low) * below
    under_high = product**2 - a.high * (2 * a.value - a.high) * above
    # (product - root) / below, written so that it holds where `below` is zero too.
    root = math.sqrt(max(0.0, under_low))
    low = a.low * (2 * a.value - a.low) / (product + root) if product else 0.0
    high = (product + math.sqrt(max(0.0, under_high))) / above if above > 0 else None
    return Figure(value=a.value / b.value, low=low, high=high)


def figure_of(estimate: Estimate) -> Figure:
    """Return a score of the evidence as a figure."""
    return Figure(value=estimate.value, low=estimate.low, high=estimate.high)


def usual_provider(probes: Iterable[Probed]) -> str | None:
    """Return who answered most of the probes, or None if nobody answered any."""
    answered = Counter(probe.provider for probe in probes if probe.provider is not None)
    return answered.most_common(1)[0][0] if answered else None


def counted(handled: Iterable[Handled]) -> Requests:
    """Count what became of requests; those the gateway refused or whose caller left are no loss."""
    outcomes = Counter(item.outcome for item in handled)
    served, moved, failed = outcomes["served"], outcomes["moved"], outcomes["failed"]
    return Requests(sent=served + moved + failed, served=served, moved=moved, failed=failed)


def switched_after(
    probes: Iterable[Probed], withdrawn: float, others: Sequence[str]
) -> float | None:
    """Return the seconds from the withdrawal to the first answer by one of the other providers."""
    ended = [p.ended for p in probes if p.provider in others and p.ended >= withdrawn]
    return min(ended) - withdrawn if ended else None


def worst_of(lines: Iterable[Line]) -> Worst | None:
    """Return the line with the least continuity; of equals, the first."""
    known = [line for line in lines if line.continuity.value is not None]
    worst = min(known, key=lambda line: line.continuity.value or 0.0, default=None)
    if worst is None:
        return None
    return Worst(service=worst.service, language=worst.language, continuity=worst.continuity)
