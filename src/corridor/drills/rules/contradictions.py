"""Where a drill measured otherwise than was foretold: then the model or the evidence is wrong."""

from corridor.drills.records import Contradiction, DrillResult, Figure, Prediction
from corridor.drills.rules.figures import UNKNOWN

UNMET = "; what was lost had not answered before"


def contradicted(prediction: Prediction, result: DrillResult) -> tuple[Contradiction, ...]:
    """Return where the intervals of both do not meet; what is unknown on one side contradicts nothing.

    A drill that took away what may be lost, too, is held against what was foretold for that.
    """
    worse = result.scenario is not None and result.scenario.worse
    foretold = {
        (each.service, each.language): (worse and each.if_worse) or each.continuity
        for each in prediction.lines
    }
    found: list[Contradiction] = []
    for line in result.lines:
        before = foretold.get((line.service, line.language))
        if before is None:
            continue
        by_probes = line.measured.continuity if line.measured else UNKNOWN
        for measured, who in ((line.continuity, ""), (by_probes, ", by the drill's probes")):
            if why := apart(before, measured):
                found.append(
                    Contradiction(
                        service=line.service,
                        language=line.language,
                        foretold=before,
                        measured=measured,
                        why=why + who + (UNMET if line.was_lost is False else ""),
                    )
                )
    return tuple(found)


def apart(foretold: Figure, measured: Figure) -> str | None:
    """Return how two figures exclude each other; None if they do not, or one is unknown."""
    if foretold.value is None or measured.value is None:
        return None
    if foretold.high is not None and (measured.low or 0.0) > foretold.high:
        return "more continued than was foretold"
    if measured.high is not None and (foretold.low or 0.0) > measured.high:
        return "less continued than was foretold"
    return None
