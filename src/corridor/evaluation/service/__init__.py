"""What one can ask of evaluation."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.evaluation.service.asking import Come, Whom
    from corridor.evaluation.service.evidence import Evaluator, Evidence
    from corridor.evaluation.service.plans import Plan, Wanted
    from corridor.evaluation.service.quizzing import Question, Quizzes
    from corridor.evaluation.service.runs import Runs
    from corridor.evaluation.service.talking import Said, Talk, Talks, conduct_in

__getattr__ = door_of(__name__)

__all__ = [
    "Come",
    "Evaluator",
    "Evidence",
    "Plan",
    "Question",
    "Quizzes",
    "Runs",
    "Said",
    "Talk",
    "Talks",
    "Wanted",
    "Whom",
    "conduct_in",
]
