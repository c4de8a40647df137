"""What a model got right in English and in another language: drawn, or recorded of real models."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor.evaluation.rules.statistics.sequential import Plan, Question, plan, settled

Floats = NDArray[np.float64]
QUESTION = Question("under", 0.05)
WAYS = ("both languages asked", "English run before", "English and other models run before")


@dataclass(frozen=True, slots=True)
class Case:
    """One model's outcomes on the items of a suite, and those of models evaluated earlier."""

    english: Floats
    other: Floats
    earlier: Floats | None
    """Mean score of earlier models in the other language; None if there are none."""

    @property
    def gap(self) -> float:
        """English less the other language, in points of 100."""
        return 100 * float((self.english - self.other).mean())

    @property
    def ways(self) -> tuple[str, ...]:
        """What can be known before."""
        return WAYS if self.earlier is not None else WAYS[:2]

    def settled(self, way: str, seed: int) -> tuple[float, bool]:
        """Return the share of calls that was needed, and whether the whole suite says the same."""
        values = self.english - self.other
        drawn = self._plan(way, seed)
        answer, asked = settled(drawn, values[[int(item) for item in drawn.items]], QUESTION)
        truth = "yes" if values.sum() < QUESTION.threshold * len(values) - 1e-9 else "no"
        return asked / len(values), answer == truth

    def _plan(self, way: str, seed: int) -> Plan:
        items = [str(i) for i in range(len(self.english))]
        if way == WAYS[0]:
            return plan(items, seed, paired=True)
        guess = self.earlier if way == WAYS[2] else None
        return plan(items, seed, known=self.english, guess=guess)
