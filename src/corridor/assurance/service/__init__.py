"""What one can ask of assurance."""

from corridor.assurance.service.ratings import Assurance
from corridor.assurance.service.reviews import Document, Open, Reviews
from corridor.assurance.service.trees import Known, Outcome, Trees

__all__ = ["Assurance", "Document", "Known", "Open", "Outcome", "Reviews", "Trees"]
