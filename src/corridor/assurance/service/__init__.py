"""What one can ask of assurance."""

from corridor.assurance.service.ratings import Assurance

__all__ = ["Assurance"]
