"""How models are asked, answers judged, and what follows from the scores. Pure functions.

What needs NumPy or SciPy (`summary`, `statistics`) is imported by its own name, and by nobody else: a
gateway that only reads evidence starts without them.
"""

from corridor.evaluation.rules.proportions import Z_95, wilson
from corridor.evaluation.rules.standing import AHEAD, believed, may_open, that_counts, was_read

__all__ = [
    "AHEAD",
    "Z_95",
    "believed",
    "may_open",
    "that_counts",
    "was_read",
    "wilson",
]
