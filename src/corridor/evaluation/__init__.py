"""Evaluation: what one exact model can do, on exact data, in a language, with its uncertainty.

Each result is a public, signed record. A suite is answered in full or there is no evidence; an
interval is always part of a score.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.evaluation.adapters.datasets.registry import listings
    from corridor.evaluation.errors import NoAnswer, UnknownSuite
    from corridor.evaluation.ports import Message
    from corridor.evaluation.records import (
        AXES,
        UNCOUNTED,
        Aim,
        Axis,
        Calibration,
        Category,
        Cell,
        Conduct,
        Dataset,
        Estimate,
        Evaluation,
        Form,
        Inquiry,
        JudgeAgreement,
        Listing,
        Measure,
        Probe,
        Rate,
        SafetyEvaluation,
        Suite,
        Taken,
    )
    from corridor.evaluation.records.datasets import Item
    from corridor.evaluation.rules import Z_95, believed, may_open, that_counts, was_read, wilson
    from corridor.evaluation.rules.caps import Caps, Price
    from corridor.evaluation.rules.safety import Judgement
    from corridor.evaluation.rules.tags import tag_of
    from corridor.evaluation.service import (
        Come,
        Evaluator,
        Evidence,
        Plan,
        Question,
        Quizzes,
        Runs,
        Said,
        Talk,
        Talks,
        Wanted,
        Whom,
        conduct_in,
    )
    from corridor.evaluation.service.datasets import load

__getattr__ = door_of(__name__)

__all__ = [
    "AXES",
    "UNCOUNTED",
    "Z_95",
    "Aim",
    "Axis",
    "Calibration",
    "Caps",
    "Category",
    "Cell",
    "Come",
    "Conduct",
    "Dataset",
    "Estimate",
    "Evaluation",
    "Evaluator",
    "Evidence",
    "Form",
    "Inquiry",
    "Item",
    "JudgeAgreement",
    "Judgement",
    "Listing",
    "Measure",
    "Message",
    "NoAnswer",
    "Plan",
    "Price",
    "Probe",
    "Question",
    "Quizzes",
    "Rate",
    "Runs",
    "SafetyEvaluation",
    "Said",
    "Suite",
    "Taken",
    "Talk",
    "Talks",
    "UnknownSuite",
    "Wanted",
    "Whom",
    "believed",
    "conduct_in",
    "listings",
    "load",
    "may_open",
    "tag_of",
    "that_counts",
    "was_read",
    "wilson",
]
