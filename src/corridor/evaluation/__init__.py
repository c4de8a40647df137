"""Evaluation: what one exact model can do, on exact data, in a language, with its uncertainty.

Each result is a public, signed record. A suite is answered in full or there is no evidence; an
interval is always part of a score.
"""

from corridor.evaluation.errors import NoAnswer, UnknownSuite
from corridor.evaluation.records import Estimate, Evaluation, Suite
from corridor.evaluation.rules import AHEAD, Z_95, that_counts, wilson
from corridor.evaluation.service import Evaluator, Evidence

__all__ = [
    "AHEAD",
    "Z_95",
    "Estimate",
    "Evaluation",
    "Evaluator",
    "Evidence",
    "NoAnswer",
    "Suite",
    "UnknownSuite",
    "that_counts",
    "wilson",
]
