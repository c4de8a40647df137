"""How models are asked, answers judged, and what follows from the scores. Pure functions.

What needs NumPy or SciPy (`summary`, `statistics`) is imported by its own name, and by nobody else: a
gateway that only reads evidence starts without them.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.evaluation.rules.proportions import Z_95, wilson
    from corridor.evaluation.rules.standing import AHEAD, believed, may_open, that_counts, was_read

__getattr__ = door_of(__name__)

__all__ = [
    "AHEAD",
    "Z_95",
    "believed",
    "may_open",
    "that_counts",
    "was_read",
    "wilson",
]
