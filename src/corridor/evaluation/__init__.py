"""Evaluation: what one exact model can do, on exact data, in a language, with its uncertainty.

Each result is a public, signed record. A suite is answered in full or there is no evidence; an
interval is always part of a score.
"""

from corridor.evaluation.adapters.datasets.registry import listings
from corridor.evaluation.errors import NoAnswer, UnknownSuite
from corridor.evaluation.records import (
    AXES,
    UNCOUNTED,
    Axis,
    Calibration,
    Category,
    Cell,
    Conduct,
    Estimate,
    Evaluation,
    JudgeAgreement,
    Listing,
    Measure,
    Rate,
    SafetyEvaluation,
    Suite,
    Taken,
)
from corridor.evaluation.rules import Z_95, believed, may_open, that_counts, was_read, wilson
from corridor.evaluation.rules.caps import Price
from corridor.evaluation.rules.tags import tag_of
from corridor.evaluation.service import Come, Evaluator, Evidence, Plan, Runs, Wanted

__all__ = [
    "AXES",
    "UNCOUNTED",
    "Z_95",
    "Axis",
    "Calibration",
    "Category",
    "Cell",
    "Come",
    "Conduct",
    "Estimate",
    "Evaluation",
    "Evaluator",
    "Evidence",
    "JudgeAgreement",
    "Listing",
    "Measure",
    "NoAnswer",
    "Plan",
    "Price",
    "Rate",
    "Runs",
    "SafetyEvaluation",
    "Suite",
    "Taken",
    "UnknownSuite",
    "Wanted",
    "believed",
    "listings",
    "may_open",
    "tag_of",
    "that_counts",
    "was_read",
    "wilson",
]
