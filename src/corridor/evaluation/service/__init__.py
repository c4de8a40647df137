"""What one can ask of evaluation."""

from corridor.evaluation.service.evaluator import Evaluator, Evidence, Plan

__all__ = ["Evaluator", "Evidence", "Plan"]
