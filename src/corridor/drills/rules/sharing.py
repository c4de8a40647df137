"""What few probes leave open where a part of a provider is lost, and a lot decides who answers each.

Continuity weighs scores by shares of the probes. Of a provider that is lost whole these are no
matter of chance; of one that is lost in part they are known as roughly as any share of so many.

Takes in NumPy.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from corridor.drills.ports import Probed
from corridor.drills.records import Figure
from corridor.drills.rules.continuity import quality
from corridor.drills.rules.flows import Shares
from corridor.drills.rules.resampling import Score
from corridor.evaluation import wilson


def with_lots(
    found: Figure,
    probed: tuple[Sequence[Probed], Sequence[Probed]],
    usual: str | None,
    scores: Mapping[str, Score],
) -> Figure:
    """Return a continuity with what the probes leave open of the share that `usual` still answers.

    Both parts of the interval are taken together in quadrature (MOVER, as in `figures.ratio`):
    the one of the items, and the continuity at the ends of that share's own interval.
    """
    then, now = (_shares(each) for each in probed)
    was, during = quality(then, scores), len(probed[1])
    if found.value is None or found.low is None or found.high is None or not was or usual is None:
        return found
    stayed = wilson(sum(each.provider == usual for each in probed[1]), during)
    low, high = sorted(
        (quality(_if_stayed(now, usual, share), scores) or 0.0) / was
        for share in (stayed.low, stayed.high)
    )
    down = math.hypot(found.value - found.low, found.value - low)
    up = math.hypot(found.high - found.value, high - found.value)
    return Figure(value=found.value, low=max(0.0, found.value - down), high=found.value + up)


def _shares(probed: Sequence[Probed]) -> Shares:
    counts = Counter(each.provider for each in probed if each.provider is not None)
    return {name: count / len(probed) for name, count in counts.items()}


def _if_stayed(now: Shares, usual: str, share: float) -> Shares:
    """Return the shares if another share had stayed where it was; the others take theirs of the rest."""
    rest, before = 1.0 - share, 1.0 - now.get(usual, 0.0)
    others = {
        name: each * rest / before if before else 0.0 for name, each in now.items() if name != usual
    }
    return {**others, usual: share}
