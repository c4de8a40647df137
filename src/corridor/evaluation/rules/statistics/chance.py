"""What guessing would score, and what is left above it."""

from collections.abc import Iterable, Mapping

from corridor.evaluation.rules.statistics.intervals import Interval

Chance = float | Mapping[str, float]
"""What guessing scores: for all items, or by the item's id where items differ."""


def level_of(chance: Chance | None, items: Iterable[str]) -> float | None:
    """Return the mean chance of these items, None if it is not known or of one of them it is not."""
    if chance is None or isinstance(chance, float | int):
        return chance
    levels = [chance.get(item) for item in items]
    known = [each for each in levels if each is not None]
    return sum(known) / len(known) if known and len(known) == len(levels) else None


def corrected(score: Interval, chance: float) -> Interval:
    """Return the score on a scale where guessing is 0 and all right is 1; below 0 is worse than guessing.

    (s - c) / (1 - c): the correction for guessing, as in Cohen, Educ. Psychol. Meas. 20 (1960) 37.
    """
    return score.moved(-chance, 1 / (1 - chance))
