"""What one can ask of evaluation."""

from corridor.evaluation.service.asking import Come, Whom
from corridor.evaluation.service.evidence import Evaluator, Evidence
from corridor.evaluation.service.plans import Plan, Wanted
from corridor.evaluation.service.runs import Runs
from corridor.evaluation.service.talking import Said, Talk, Talks, conduct_in

__all__ = [
    "Come",
    "Evaluator",
    "Evidence",
    "Plan",
    "Runs",
    "Said",
    "Talk",
    "Talks",
    "Wanted",
    "Whom",
    "conduct_in",
]
