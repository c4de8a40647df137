"""The continuity that a drill found: by the evidence on all who answered its probes."""

from collections.abc import Callable, Sequence

from corridor.core.store import View
from corridor.drills.ports import Probed
from corridor.drills.records import Figure, Quality
from corridor.drills.rules.running import answerers
from corridor.evaluation import Evaluation


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
    from corridor.drills.rules.outcomes import score_of
    from corridor.drills.rules.sharing import with_lots

    then, now = probed
    found = {name: judged(name) for name in answerers([*then, *now])}
    if before.provider is not None:
        found[before.provider] = before
    scores = {
        name: score_of(view.find(Evaluation, quality.source.record_id).record)
        for name, quality in found.items()
        if quality.source is not None
    }
    figure = by_shares(then, now, scores)
    return with_lots(figure, (then, now), before.provider, scores) if by_lot else figure
