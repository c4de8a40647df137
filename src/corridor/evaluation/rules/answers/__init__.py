"""Reading and judging answers with their language in mind, so that no gap between languages is the scorer's.

Pure, on the standard library alone.
"""

from corridor.evaluation.rules.answers.constraints import CHECKS, impossible
from corridor.evaluation.rules.answers.overlap import character_f1, chrf
from corridor.evaluation.rules.answers.score import JUDGES, Judged, judge

SCORERS: dict[str, str] = {kind: scorer for kind, (scorer, _) in JUDGES.items()}
"""By kind of item, the name and version of the rule that judges it."""

__all__ = ["CHECKS", "SCORERS", "Judged", "character_f1", "chrf", "impossible", "judge"]
