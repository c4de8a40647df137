"""What one can ask of assurance."""

from corridor.assurance.service.ratings import Assurance
from corridor.assurance.service.trees import Known, Outcome, Trees

__all__ = ["Assurance", "Known", "Outcome", "Trees"]
