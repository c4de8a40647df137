"""What one can ask of assurance."""

from corridor.assurance.service.lowering import Lowering, LoweringStanding, Signatory
from corridor.assurance.service.ratings import Assurance
from corridor.assurance.service.reviews import Document, Open, Reviews
from corridor.assurance.service.rulebook import Rulebook
from corridor.assurance.service.trees import Known, Outcome, Trees

__all__ = [
    "Assurance",
    "Document",
    "Known",
    "Lowering",
    "LoweringStanding",
    "Open",
    "Outcome",
    "Reviews",
    "Rulebook",
    "Signatory",
    "Trees",
]
