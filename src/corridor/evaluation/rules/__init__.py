"""How models are asked, answers judged, and what follows from the scores. Pure functions.

What needs NumPy or SciPy (`summary`, `statistics`) is imported by its own name, and by nobody else: a
gateway that only reads evidence starts without them.
"""

from corridor.evaluation.rules.proportions import Z_95, wilson
from corridor.evaluation.rules.quick import (
    METHOD,
    STOP,
    is_right,
    normalised,
    outcomes_text,
    prompt_of,
)
from corridor.evaluation.rules.standing import AHEAD, that_counts

__all__ = [
    "AHEAD",
    "METHOD",
    "STOP",
    "Z_95",
    "is_right",
    "normalised",
    "outcomes_text",
    "prompt_of",
    "that_counts",
    "wilson",
]
