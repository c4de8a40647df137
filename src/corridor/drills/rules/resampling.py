"""How far scores may be from what a model can do: the same items drawn anew, for all models at once.

Items are weighed anew as in the Bayesian bootstrap (Rubin, Ann. Stat. 9 (1981) 130): Dirichlet
weights, the same for every model that answered the same items, so that what one model finds hard
and another too stays together. Two items more are added, of which each model answers each rightly
in half of the draws: so 48 right of 48 is no certainty, and neither is a difference of nothing. For
two models that is a Dirichlet prior of 1/2 on each of the four pairs of outcomes.

Takes in NumPy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 2_000
ADDED = 2.0
"""How many items are added."""
STICKS = 24
"""Of so many parts the added items consist; the smallest is as a rule below a thousandth."""
AT_ONCE = 4_000_000
"""How many weights are held in memory."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one model did on each item of one data set."""

    items: str
    """Names the items and their order: scores that have the same here are of the same items."""
    outcomes: tuple[float, ...]
    """0 to 1 for each item, in their order."""

    @property
    def value(self) -> float:
        """The share of right answers."""
        return sum(self.outcomes) / len(self.outcomes)


def drawn(scores: Mapping[str, Score], seed: int, draws: int = DRAWS) -> dict[str, Floats]:
    """Return for each score so many draws of what it may be; those of the same items go together.

    What is drawn depends on the seed, the items and the outcomes, not on how anything is called,
    but where two models have the very same outcomes.
    """
    together: dict[tuple[str, int], list[str]] = {}
    for name, score in sorted(scores.items(), key=lambda each: (each[1].outcomes, each[0])):
        together.setdefault((score.items, len(score.outcomes)), []).append(name)
    found: dict[str, Floats] = {}
    for number, (_, names) in enumerate(sorted(together.items())):
        table = np.array([scores[name].outcomes for name in names]).T
        chance = np.random.default_rng((seed, number))
        found |= dict(zip(names, _drawn(table, chance, draws).T, strict=True))
    return found


def _drawn(table: Floats, chance: np.random.Generator, draws: int) -> Floats:
    """Return draws x models, from items x models."""
    patterns, counts = np.unique(table, axis=0, return_counts=True)
    chunk = max(1, AT_ONCE // max(len(patterns), STICKS * table.shape[1]))
    parts: Sequence[Floats] = [
        _some(patterns, counts, chance, min(chunk, draws - start))
        for start in range(0, draws, chunk)
    ]
    return np.vstack(parts)


def _some(
    patterns: Floats, counts: NDArray[np.intp], chance: np.random.Generator, draws: int
) -> Floats:
    weights = chance.gamma(counts.astype(np.float64), size=(draws, len(counts)))
    added = chance.gamma(ADDED, size=draws)
    right, whole = weights @ patterns, weights.sum(axis=1)
    coins = _coins(chance, draws, patterns.shape[1])
    return (right + added[:, None] * coins) / (whole + added)[:, None]


def _coins(chance: np.random.Generator, draws: int, models: int) -> Floats:
    """Return which part of the added items each model has right.

    A Dirichlet process of concentration `ADDED` over tosses of a coin for each model (Sethuraman,
    Stat. Sinica 4 (1994) 639): for any of the models alone it is what a Dirichlet prior over their
    patterns of outcomes is, however many models there are.
    """
    broken = chance.beta(1.0, ADDED, size=(draws, STICKS))
    broken[:, -1] = 1.0
    left = np.cumprod(1.0 - broken[:, :-1], axis=1)
    sticks = broken * np.hstack([np.ones((draws, 1)), left])
    tossed = chance.integers(0, 2, size=(draws, STICKS, models), dtype=np.int8)
    return np.einsum("ds,dsm->dm", sticks, tossed.astype(np.float64))
