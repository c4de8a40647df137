"""Of what a gap is made: wrong language, refusals, unreadable or empty answers, wrong ones."""

from collections.abc import Mapping

from corridor.evaluation.records.samples import Verdict
from corridor.evaluation.rules.statistics.intervals import LEVEL, Interval, mean
from corridor.evaluation.rules.statistics.outcomes import LOSSES, Floats, Ints


def parts(
    first: Floats, second: Floats, clusters: Ints, level: float = LEVEL
) -> Mapping[Verdict, Interval]:
    """Return for each reason how much of the gap, first minus second, it makes.

    Both are LOSSES x items. A score is 1 minus its losses, so the parts, what the second loses for a
    reason less what the first loses for it, add up to the gap exactly. The intervals (cluster-robust) are
    each for itself.
    """
    values = second - first
    return {reason: mean(values[at], clusters, level) for at, reason in enumerate(LOSSES)}
