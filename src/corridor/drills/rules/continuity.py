"""Continuity: the quality of what answers after a loss, over the quality of what answered before.

    continuity = q_after / q_before
    q = sum over providers of (share of the requests that it answers) x (its score)

docs/guides/continuity.md defines it, with an example to redo by hand. A request that is not
answered, is refused, or comes too late counts 0. What rests on a score that nobody has measured is
unknown, never zero and never a guess; where nothing answers it is 0, whatever the scores.

Takes in NumPy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.drills.records import Figure
from corridor.drills.rules.figures import NOTHING, UNKNOWN
from corridor.drills.rules.flows import Shares
from corridor.drills.rules.resampling import DRAWS, Floats, Score, drawn

SAME = Figure(value=1.0, low=1.0, high=1.0)
"""Of what is answered by the very same as before."""
LOW, HIGH = 0.025, 0.975
AT_ONCE = 2_000
"""So many different lines are divided at a time."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who answers a service in a language before and after, by the names of scores."""

    before: Shares
    after: Shares

    @property
    def names(self) -> Iterable[str]:
        """All whose scores it rests on."""
        return self.before.keys() | self.after.keys()

    @property
    def key(self) -> tuple[frozenset[tuple[str, float]], frozenset[tuple[str, float]]]:
        """What it is, to find another that is the same."""
        return frozenset(self.before.items()), frozenset(self.after.items())


def quality(shares: Shares, scores: Mapping[str, Score]) -> float | None:
    """Return q: the sum of share x score; None where a score is not known."""
    if any(name not in scores for name in shares):
        return None
    return sum(share * scores[name].value for name, share in shares.items())


def continuities(
    changes: Sequence[Change],
    scores: Mapping[str, Score],
    seed: int = 0,
    draws: int = DRAWS,
    ready: Mapping[str, Floats] | None = None,
) -> list[Figure]:
    """Return the continuity of each change, with its 95 % interval by resampling.

    It is not capped: where what answers afterwards is the better model, it is above 1. `ready` are
    the draws of the scores, for whoever asks more than once.
    """
    found = {each.key: _plainly(each, scores) for each in changes}
    open_ = {each.key: each for each in changes if found[each.key] is None}
    if open_:
        samples = drawn(scores, seed, draws) if ready is None else ready
        keys = list(open_)
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            found |= dict(
                zip(some, _divided([open_[k] for k in some], scores, samples), strict=True)
            )
    return [found[each.key] or UNKNOWN for each in changes]


def is_paired(change: Change, scores: Mapping[str, Score]) -> bool:
    """Tell whether all scores that a change rests on are of the same items."""
    items = {scores[name].items for name in change.names if name in scores}
    return len(items) == 1


def _plainly(change: Change, scores: Mapping[str, Score]) -> Figure | None:
    """Return the continuity where nothing has to be drawn for it, else None."""
    if not change.before:
        return UNKNOWN
    if not change.after:
        return NOTHING
    if change.before == change.after:
        return SAME
    before, after = quality(change.before, scores), quality(change.after, scores)
    return UNKNOWN if before is None or after is None or before == 0.0 else None


def _divided(
    changes: Sequence[Change], scores: Mapping[str, Score], samples: Mapping[str, Floats]
) -> list[Figure]:
    names = sorted({name for each in changes for name in each.names})
    number = {name: at for at, name in enumerate(names)}
    shares = np.zeros((2, len(changes), len(names)))
    for row, each in enumerate(changes):
        for side, mix in enumerate((each.before, each.after)):
            for name, share in mix.items():
                shares[side, row, number[name]] = share
    values = np.array([scores[name].value for name in names])
    before, after = shares @ values
    table = np.stack([samples[name] for name in names])
    ratios = (shares[1] @ table) / (shares[0] @ table)
    low, high = _ends(ratios)
    point = after / before
    return [
        Figure(value=float(p), low=float(min(a, p)), high=float(max(b, p)))
        for p, a, b in zip(point, low, high, strict=True)
    ]


def _ends(ratios: Floats) -> tuple[Floats, Floats]:
    """Return the 2.5 and 97.5 % quantiles of each row."""
    last = ratios.shape[1] - 1
    low, high = round(LOW * last), round(HIGH * last)
    ordered = np.partition(ratios, (low, high), axis=1)
    return ordered[:, low], ordered[:, high]
