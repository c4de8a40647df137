"""What a drill's own probes say: who answered, how good those are by evidence, and how well items were answered.

Measured is how well the very same items were answered before and during a loss. What differs from the evidence is all that happens between a question and its answer on the running
node: the way, the load, the switch, what failed. The items do not: they are of the same suite, so
this says nothing of questions that the suite does not ask.

Takes in NumPy.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from corridor.drills.ports import Probed
from corridor.drills.records import Figure, Measured
from corridor.drills.rules.continuity import Change, continuities
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.rules.resampling import Score

BEFORE, DURING = "before", "during"


def measured(before: Sequence[Probed], during: Sequence[Probed]) -> Measured | None:
    """Return how well items were answered that were asked before and during; None if there are none.

    Of an item that was asked several times the first answer counts; what failed is not right. The
    interval is that of a prediction from as many items: drawn anew, the same for both times.
    """
    then, now = _outcomes(before), _outcomes(during)
    both = [item for item in then if item in now]
    if not both:
        return None
    first, second = ([found[item] for item in both] for found in (then, now))
    scores = {
        name: Score("probes", tuple(float(each) for each in outcomes))
        for name, outcomes in ((BEFORE, first), (DURING, second))
    }
    return Measured(
        before_right=sum(first),
        before_asked=len(both),
        after_right=sum(second),
        after_asked=len(both),
        continuity=continuities([Change({BEFORE: 1.0}, {DURING: 1.0})], scores)[0],
        both_right=sum(one and two for one, two in zip(first, second, strict=True)),
    )


def continued(
    before: Sequence[Probed], during: Sequence[Probed], scores: Mapping[str, Score]
) -> Figure:
    """Return the continuity by evidence: of each who answered its score, weighted by its share of the probes.

    A probe that nobody answered counts 0. `scores` are by provider. Unknown where none was asked
    before or during.
    """
    if not before or not during:
        return UNKNOWN
    return continuities([Change(_shares(before), _shares(during))], scores)[0]


def _shares(probed: Sequence[Probed]) -> dict[str, float]:
    counts = Counter(each.provider for each in probed if each.provider is not None)
    return {name: count / len(probed) for name, count in counts.items()}


def _outcomes(probed: Iterable[Probed]) -> dict[str, bool]:
    """Return by item whether its first answer was right."""
    found: dict[str, bool] = {}
    for each in probed:
        if each.item:
            found.setdefault(each.item, bool(each.right))
    return found
