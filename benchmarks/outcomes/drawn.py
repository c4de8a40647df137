"""Outcomes drawn from items with a difficulty that languages and models share in part."""

import numpy as np

from benchmarks.outcomes import Case, Floats

LARGEST_GAP = 0.24
"""MMLU-ProX reports gaps of up to 24.3 points between languages."""
EARLIER = 4


def a_case(random: np.random.Generator, size: int) -> Case:
    """Draw a model with 40 to 95 % right in English, a gap of 0 to 24 points, and four earlier models.

    An item is the harder by its own difficulty (standard deviation 1.5 to 3), in the other language
    also by one that models share there (1); what is left is chance (logistic, scale 1).
    """
    difficulty = random.normal(0, random.uniform(1.5, 3), size)
    there = difficulty + random.normal(0, 1, size)
    english = random.uniform(0.4, 0.95)
    gap = random.uniform(0, LARGEST_GAP)
    shares = random.uniform(0.3, 0.9, EARLIER)
    earlier = np.mean([_outcomes(random, share, there) for share in shares], axis=0)
    return Case(
        _outcomes(random, english, difficulty), _outcomes(random, english - gap, there), earlier
    )


def _outcomes(random: np.random.Generator, share: float, difficulty: Floats) -> Floats:
    ability = random.logistic(0, 1, len(difficulty)) - difficulty
    right = np.argsort(-ability)[: round(share * len(difficulty))]
    found = np.zeros(len(difficulty))
    found[right] = 1
    return found
