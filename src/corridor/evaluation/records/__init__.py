"""What evaluation keeps and exchanges, and what its rules work on."""

from corridor.evaluation.records.datasets import Constraint, Dataset, Kind, Origin
from corridor.evaluation.records.evidence import Estimate, Evaluation
from corridor.evaluation.records.listings import Contents, Listing
from corridor.evaluation.records.samples import JUDGED, Sample, Verdict
from corridor.evaluation.records.suites import Item, Question, Shot, Suite

__all__ = [
    "JUDGED",
    "Constraint",
    "Contents",
    "Dataset",
    "Estimate",
    "Evaluation",
    "Item",
    "Kind",
    "Listing",
    "Origin",
    "Question",
    "Sample",
    "Shot",
    "Suite",
    "Verdict",
]
