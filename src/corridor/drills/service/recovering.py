"""Whether what a drill took away is back, by the probes of those services and languages that met its loss."""

from collections.abc import Iterator

from corridor.drills.ports import Probed
from corridor.drills.rules.running import settled_after, switched_after, usual_provider
from corridor.drills.service.course import Course
from corridor.drills.service.plans import Plan

SETTLED = 3
"""What was lost is back when it has answered so many probes in each language."""


def has_recovered(plan: Plan, course: Course) -> bool:
    """Tell whether all that answered before has answered some times since all of it is open."""
    if course.returned_at is None:
        return False
    since = course.returned_at.timestamp()
    return all(
        settled_after(probes, usual, since, SETTLED)[0] for usual, probes in _lost(plan, course)
    )


def recovered_seconds(plan: Plan, course: Course) -> float | None:
    """Return how long the last of what answered before took to answer again; None if one did not."""
    if course.restored_at is None:
        return None
    since = course.restored_at.timestamp()
    found = [switched_after(probes, since, (usual,)) for usual, probes in _lost(plan, course)]
    known = [each for each in found if each is not None]
    return max(known) if known and len(known) == len(found) else None


def setbacks(plan: Plan, course: Course) -> int | None:
    """Return how many probes, once it was back, did not find what answered them before."""
    if course.returned_at is None:
        return None
    since = course.returned_at.timestamp()
    return sum(
        settled_after(probes, usual, since, SETTLED)[1] for usual, probes in _lost(plan, course)
    )


def _lost(plan: Plan, course: Course) -> Iterator[tuple[str, list[Probed]]]:
    """Yield who answered each line before, where that is lost, and the probes of that line."""
    if course.withdrawn_at is None:
        return
    began = course.withdrawn_at.timestamp()
    for probe in plan.probes:
        mine = course.of(probe)
        usual = usual_provider(each for each in mine if each.ended < began)
        if usual is not None and usual in plan.parts:
            yield usual, mine
