"""What evaluation keeps and exchanges, and what its rules work on."""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.evaluation.records.calibration import (
        Calibration,
        Confusion,
        JudgeAgreement,
        Labelled,
    )
    from corridor.evaluation.records.datasets import Constraint, Dataset, Kind, Origin
    from corridor.evaluation.records.evidence import Estimate, Evaluation, Figures
    from corridor.evaluation.records.inquiries import Inquiry, Position
    from corridor.evaluation.records.listings import Contents, Listing
    from corridor.evaluation.records.made import Asking, Cost, Endpoint, Made, Style
    from corridor.evaluation.records.measures import Corpus, Measure, Parity
    from corridor.evaluation.records.observations import Observation
    from corridor.evaluation.records.probes import Aim, Category, Form, Probe, Turn
    from corridor.evaluation.records.safety import (
        AXES,
        UNCOUNTED,
        Agreement,
        Axes,
        Axis,
        Cell,
        Conduct,
        Judge,
        Rate,
        SafetyEvaluation,
    )
    from corridor.evaluation.records.samples import JUDGED, Sample, Verdict
    from corridor.evaluation.records.suites import Item, Question, Shot, Suite
    from corridor.evaluation.records.taken import Taken

__getattr__ = door_of(__name__)

__all__ = [
    "AXES",
    "JUDGED",
    "UNCOUNTED",
    "Agreement",
    "Aim",
    "Asking",
    "Axes",
    "Axis",
    "Calibration",
    "Category",
    "Cell",
    "Conduct",
    "Confusion",
    "Constraint",
    "Contents",
    "Corpus",
    "Cost",
    "Dataset",
    "Endpoint",
    "Estimate",
    "Evaluation",
    "Figures",
    "Form",
    "Inquiry",
    "Item",
    "Judge",
    "JudgeAgreement",
    "Kind",
    "Labelled",
    "Listing",
    "Made",
    "Measure",
    "Observation",
    "Origin",
    "Parity",
    "Position",
    "Probe",
    "Question",
    "Rate",
    "SafetyEvaluation",
    "Sample",
    "Shot",
    "Style",
    "Suite",
    "Taken",
    "Turn",
    "Verdict",
]
