"""What an answer to a safety item did, by rules; and what follows for a language.

`axes` takes in NumPy and is imported by its own name.
"""

from corridor.evaluation.rules.safety.conduct import RULES, Judgement, conduct_of

__all__ = ["RULES", "Judgement", "conduct_of"]
