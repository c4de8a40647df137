"""The continuity that a drill found: by the evidence on all who answered its probes, and on one alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from corridor.core.store import View
from corridor.drills.ports import Probed
from corridor.drills.records import Figure, Quality
from corridor.drills.rules.figures import UNKNOWN
from corridor.drills.rules.running import answerers
from corridor.evaluation import Evaluation

if TYPE_CHECKING:  # NumPy is not taken in by what starts often
    from corridor.drills.rules.resampling import Score


def continued(
    view: View,
    judged: Callable[[str], Quality],
    probed: tuple[Sequence[Probed], Sequence[Probed]],
    before: Quality,
    *,
    by_lot: bool = False,
) -> Figure:
    """Return the continuity from probes before a loss and during it, each answer by the quality of who gave it.

    `judged` returns what the evidence says of a provider, to be compared with what answered `before`.
    `by_lot` is whether chance decided who answered, as where a part of a provider is lost.
    """
    # Only here: they take in NumPy, and a node that serves does without.
    from corridor.drills.rules.measuring import continued as by_shares
    from corridor.drills.rules.sharing import with_lots

    then, now = probed
    found = {name: judged(name) for name in answerers([*then, *now])}
    if before.provider is not None:
        found[before.provider] = before
    scores = _scores(view, found)
    figure = by_shares(then, now, scores)
    return with_lots(figure, (then, now), before.provider, scores) if by_lot else figure


def beside(view: View, before: Quality, after: Quality) -> Figure:
    """Return what continues where one provider answered all before and another answers all after.

    Unknown where either has no evidence.
    """
    # Only here: they take in NumPy, and a node that serves does without.
    from corridor.drills.rules.continuity import Change, continuities

    if before.provider is None or after.provider is None:
        return UNKNOWN
    scores = _scores(view, {before.provider: before, after.provider: after})
    return continuities([Change({before.provider: 1.0}, {after.provider: 1.0})], scores)[0]


def _scores(view: View, found: Mapping[str, Quality]) -> dict[str, "Score"]:
    """Return what each did on each item, of those of whom there is evidence."""
    from corridor.drills.rules.outcomes import score_of

    return {
        name: score_of(view.find(Evaluation, quality.source.record_id).record)
        for name, quality in found.items()
        if quality.source is not None
    }
