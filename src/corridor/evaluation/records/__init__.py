"""What evaluation keeps and exchanges, and what its rules work on."""

from corridor.evaluation.records.datasets import Constraint, Dataset, Kind, Origin
from corridor.evaluation.records.evidence import Estimate, Evaluation, Figures
from corridor.evaluation.records.listings import Contents, Listing
from corridor.evaluation.records.made import Asking, Cost, Endpoint, Made, Style
from corridor.evaluation.records.measures import Measure, Parity
from corridor.evaluation.records.samples import JUDGED, Sample, Verdict
from corridor.evaluation.records.suites import Item, Question, Shot, Suite
from corridor.evaluation.records.taken import Taken

__all__ = [
    "JUDGED",
    "Asking",
    "Constraint",
    "Contents",
    "Cost",
    "Dataset",
    "Endpoint",
    "Estimate",
    "Evaluation",
    "Figures",
    "Item",
    "Kind",
    "Listing",
    "Made",
    "Measure",
    "Origin",
    "Parity",
    "Question",
    "Sample",
    "Shot",
    "Style",
    "Suite",
    "Taken",
    "Verdict",
]
