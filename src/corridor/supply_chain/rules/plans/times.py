"""When things are lost, held back or there: averages over slices of time.

Rows of an array are a lower bound of the loss, an upper bound, and draws; columns are slices.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from corridor.supply_chain.records import Dependency, Disruption, Range, bounds
from corridor.supply_chain.rules.hits import Hit
from corridor.supply_chain.rules.lasting import LOW, Buffer, Floats
from corridor.supply_chain.rules.plans.measures import Measure

GRID = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 540, 730, 1095, 1825)
"""Days at which a slice begins, beside those at which something changes."""
MOST_LEADS = 40
"""Beyond so many different leads none begins a slice; then what is there counts as its average."""


def slices(
    horizon: float, disruptions: Sequence[Disruption], measures: Iterable[Measure], begins: float
) -> Floats:
    """Return the ends of the slices of time, from 0 to the horizon.

    The scenario's day 0 comes `begins` days after the decision.
    """
    marks: set[float] = {float(day) for day in GRID}
    for each in disruptions:
        marks.add(each.start_day)
        marks |= {each.start_day + d for d in bounds(each.duration_days or 0.0)}
    leads = {lead - begins for measure in measures for lead in bounds(measure.lead_days)}
    if len(leads) <= MOST_LEADS:
        marks |= leads
    return np.array([0.0, *sorted(m for m in marks if 0 < m < horizon), horizon])


def starts(
    order: Sequence[str],
    needs: Mapping[str, Sequence[Dependency]],
    stated: Iterable[tuple[str, Hit]],
    disruptions: Sequence[Disruption],
) -> dict[str, float]:
    """Return on which day anything begins that is taken away of an input, or reaches it."""
    found: dict[str, float] = {}
    for name, hit in stated:
        day = disruptions[hit.disruption].start_day
        found[name] = min(found.get(name, day), day)
    changed = True
    while changed:  # once more than circles need
        changed = False
        for name in order:
            days = [found[each.input] for each in needs.get(name, ()) if each.input in found]
            if days and min(days) < found.get(name, math.inf):
                found[name], changed = min(days), True
    return found


def column(figure: Range | float, chance: np.random.Generator, draws: int) -> Floats:
    """Return a figure's least, its most and draws between them, as a column."""
    low, high = bounds(figure)
    return np.concatenate(([low, high], chance.uniform(low, high, draws)))[:, None]


def activity(each: Disruption, ends: Floats, chance: np.random.Generator, draws: int) -> Floats:
    """Return which part of a disruption acts in each slice.

    It is whole for its duration, then recovers evenly. A duration that nobody knows is none at the
    harmless bound, and else reaches the horizon; a recovery that nobody knows takes no time.
    """
    whole = column(ends[-1] if each.duration_days is None else each.duration_days, chance, draws)
    if each.duration_days is None:
        whole[LOW] = 0.0
    back = column(each.recovery_days or 0.0, chance, draws)
    since = ends[None, :] - each.start_day
    recovering = np.clip(since - whole, 0.0, back)
    spent = np.clip(since, 0.0, whole) + recovering
    spent -= np.divide(recovering**2, 2 * back, out=np.zeros_like(recovering), where=back > 0)
    return np.diff(spent, axis=1) / np.diff(ends)


def covered(days: Floats, start: float, ends: Floats) -> Floats:
    """Return which part of each slice a stock lasts, from the first day of a scenario on.

    `days` is a column.
    """
    lasting = np.clip(ends[None, :], 0.0, start + days)
    return np.diff(lasting, axis=1) / np.diff(ends)


def substituted(buffer: Buffer, start: float, ends: Floats) -> Floats:
    """Return which part a substitute makes up for in each slice: nothing, where none is known."""
    ramp = np.where(np.isfinite(buffer.ramp), buffer.ramp, 0.0)[:, None]
    since = np.maximum(0.0, ends[None, :] - start - buffer.lag[:, None])
    rising = np.divide(since**2, 2 * ramp, out=np.zeros_like(since), where=ramp > 0)
    there = np.where(since <= ramp, rising, since - ramp / 2)
    there = np.where(np.isfinite(buffer.ramp[:, None]), there, 0.0)
    return np.diff(there, axis=1) / np.diff(ends)


def ready(
    measure: Measure, begins: float, ends: Floats, chance: np.random.Generator, draws: int
) -> Floats:
    """Return which part of what is needed a measure gives in each slice.

    The lower bound of the loss has its shortest lead and its largest part.
    """
    lead = np.maximum(0.0, column(measure.lead_days, chance, draws) - begins)
    low, high = measure.parts
    part = column(Range(low=low, high=high), chance, draws)
    part[[0, 1]] = part[[1, 0]]
    return part * np.diff(np.maximum(ends[None, :], lead), axis=1) / np.diff(ends)
