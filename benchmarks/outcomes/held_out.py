"""Outcomes for measuring only: drawn in another way than those by which the bets were chosen (`drawn`).

Its shape was written down before anything was measured on it, and nothing is to be tuned on it. What differs: an
answer can be guessed (four choices); items come in passages that share their difficulty; they differ in how well they
tell models apart; a language loses items outright, the same ones for all models, beside being harder; gaps are mostly
small, near the question's 5 points, and some are the other way; there are one to six earlier models, and some of them know nothing.
"""

import numpy as np
from scipy.special import ndtr

from benchmarks.outcomes import Case, Floats

FIRST_SEED = 1_000_000
"""No case of `drawn` has a seed from here on."""
GUESSED = 0.25
PASSAGE = 5
"""Items on one passage."""


def a_case(random: np.random.Generator, size: int) -> Case:
    """Draw a model of some ability in English, what the language costs it, and earlier models."""
    passages = random.normal(0, 0.7, -(-size // PASSAGE))
    difficulty = np.repeat(passages, PASSAGE)[:size] + random.gumbel(0, 0.6, size)
    sharpness = random.lognormal(0, 0.4, size)
    harder = random.normal(0, 0.4, size)
    lost = random.random(size) < random.uniform(0, 0.06)
    cost = abs(random.normal(0, 0.35)) * (-1 if random.random() < 0.2 else 1)

    def chance(ability: float, *, there: bool) -> Floats:
        apart = ability - difficulty - (harder + cost if there else 0)
        known = ndtr(sharpness * apart)
        kept = np.where(lost, 0.0, 1.0) if there else np.ones(size)
        return np.asarray(GUESSED + (1 - GUESSED) * kept * known)

    def answers(ability: float, *, there: bool) -> Floats:
        return (random.random(size) < chance(ability, there=there)).astype(np.float64)

    ability = random.uniform(-1.0, 2.0)
    abilities = [
        -9.0 if random.random() < 0.25 else random.uniform(-1.0, 2.0)
        for _ in range(random.integers(1, 7))
    ]
    earlier = np.mean([answers(each, there=True) for each in abilities], axis=0)
    return Case(answers(ability, there=False), answers(ability, there=True), earlier)
