"""What disruptions take from this node: all of them at once, or what is gone on one day of the scenario.

Each thing is lost as much as on its worst day: that a substitute makes up for a part of it later, or
that it comes back by and by, is left out. Takes in NumPy.
"""

from collections.abc import Iterable, Mapping, Sequence

from corridor.drills.errors import NothingThen
from corridor.drills.records import Gone
from corridor.drills.rules.days import is_there, not_over
from corridor.drills.rules.ground import Ground
from corridor.drills.rules.losses import Losses, Since, losses_of
from corridor.supply_chain import Disruption, Shock, computed


def taken_together(ground: Ground, disruptions: Sequence[Disruption], home: str | None) -> Losses:
    """Return what is lost if all of it is lost at once, as a drill rehearses it; and from which day on."""
    shock, apart = _at_once(ground, disruptions, home), None
    if any(each.start_day for each in disruptions):
        last = max(each.start_day for each in disruptions)
        apart = computed(ground.graph, disruptions, home, 1, 0, horizon=last + 1.0)
    begins = _begins(apart or shock)
    return losses_of(shock, ground.graph, disruptions, ground.providers, begins)


def taken_on(
    ground: Ground, disruptions: Sequence[Disruption], home: str | None, day: float
) -> Losses:
    """Return what is gone on a day: for certain what has begun and is not over in any case.

    Raises:
        NothingThen: if no disruption has begun, or all are over.
    """
    there = not_over(disruptions, day)
    if not there:
        days = ", ".join(f"{each:g}" for each in sorted({d.start_day for d in disruptions}))
        raise NothingThen(f"On day {day:g} nothing of it is gone; it begins on day {days}.")
    found = _losses_on(ground, there, home, day)
    sure = [each for each in there if is_there(each, day)]
    told = _losses_on(ground, sure, home, day).gone if sure else ()
    surely = {(each.what, each.name): each.low for each in told}
    gone = [
        each.model_copy(update={"low": min(each.low, surely.get((each.what, each.name), 0.0))})
        for each in found.gone
    ]
    return Losses(_certain(gone), found.possible, tuple(gone))


def _losses_on(
    ground: Ground, disruptions: Sequence[Disruption], home: str | None, day: float
) -> Losses:
    """Return what has begun by a day, of disruptions that have."""
    shock = _at_once(ground, disruptions, home)
    apart = computed(ground.graph, disruptions, home, 1, 0, horizon=day + 1.0)
    found = losses_of(shock, ground.graph, disruptions, ground.providers, _begins(apart))
    gone = [
        each
        if each.certain_day is not None and each.certain_day <= day
        else each.model_copy(update={"low": 0.0})
        for each in found.gone
        if each.begins_day is not None and each.begins_day <= day
    ]
    names = {each.name for each in gone if each.what == "provider"}
    possible = {name: part for name, part in found.possible.items() if name in names}
    return Losses(_certain(gone), possible, tuple(gone))


def _certain(gone: Iterable[Gone]) -> dict[str, float]:
    """Return which part of each provider is lost for certain."""
    return {each.name: each.low for each in gone if each.what == "provider" and each.low > 0.0}


def _at_once(ground: Ground, disruptions: Sequence[Disruption], home: str | None) -> Shock:
    together = [each.model_copy(update={"start_day": 0.0}) for each in disruptions]
    return computed(ground.graph, together, home, 1, 0)


def _begins(shock: Shock) -> Mapping[str, Since]:
    return {
        each.input: (each.begins.low, each.begins.high)
        for each in shock.losses
        if each.begins is not None
    }
