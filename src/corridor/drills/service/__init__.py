"""What one can ask of drills."""

from corridor.drills.service.running import Drills

__all__ = ["Drills"]
