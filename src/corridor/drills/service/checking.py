"""What was foretold, held against what a drill's probes measured, from the evidence that it was foretold by.

Takes in NumPy.
"""

from corridor.core.store import View
from corridor.drills.records import Check, DrillResult, Foreseen, Prediction
from corridor.drills.rules.expecting import checked
from corridor.drills.rules.outcomes import score_of
from corridor.drills.rules.resampling import Score
from corridor.evaluation import Evaluation


def checks(view: View, prediction: Prediction, result: DrillResult) -> tuple[Check, ...]:
    """Return each line that was foretold and measured; see `Planning.checks`."""
    foretold = {(each.service, each.language): each for each in prediction.lines}
    return tuple(
        checked(foreseen, line.measured, _scores(view, foreseen), prediction.seed)
        for line in result.lines
        if line.measured and (foreseen := foretold.get((line.service, line.language)))
    )


def _scores(view: View, foreseen: Foreseen) -> dict[str, Score]:
    return {
        each.provider: score_of(view.find(Evaluation, each.source.record_id).record)
        for each in (*foreseen.before, *foreseen.after)
        if each.source is not None
    }
