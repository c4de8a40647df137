"""Which disruptions of a scenario are there on one of its days. Pure functions."""

import math
from collections.abc import Iterable

from corridor.supply_chain import Disruption, Range, bounds


def not_over(disruptions: Iterable[Disruption], day: float) -> list[Disruption]:
    """Return those that have begun by a day, and that may last until it, or still recover then."""
    return [each for each in disruptions if each.start_day <= day < _over_at_most(each)]


def is_there(disruption: Disruption, day: float) -> bool:
    """Tell whether a disruption is whole on a day for certain; one whose length nobody knows goes on."""
    return disruption.start_day <= day < disruption.start_day + _length(disruption.duration_days)[0]


def _over_at_most(each: Disruption) -> float:
    recovers = _length(each.recovery_days)[1] if each.recovery_days is not None else 0.0
    return each.start_day + _length(each.duration_days)[1] + recovers


def _length(stated: Range | float | None) -> tuple[float, float]:
    return (math.inf, math.inf) if stated is None else bounds(stated)
