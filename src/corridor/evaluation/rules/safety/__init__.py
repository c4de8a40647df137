"""What an answer to a safety item did, by rules; and what follows for a language.

`axes` takes in NumPy and is imported by its own name.
"""

from typing import TYPE_CHECKING

from corridor.core.doors import door_of

if TYPE_CHECKING:
    from corridor.evaluation.rules.safety.conduct import RULES, Judgement, conduct_of

__getattr__ = door_of(__name__)

__all__ = ["RULES", "Judgement", "conduct_of"]
