"""What one can ask of evaluation."""

from corridor.evaluation.service.asking import Come
from corridor.evaluation.service.evidence import Evaluator, Evidence
from corridor.evaluation.service.plans import Plan, Wanted
from corridor.evaluation.service.runs import Runs

__all__ = ["Come", "Evaluator", "Evidence", "Plan", "Runs", "Wanted"]
