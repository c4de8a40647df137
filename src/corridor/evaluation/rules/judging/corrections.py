"""A share that a judge counted, corrected for the judge's errors. Takes in NumPy.

Two ways, by what people's labels are of:

- other answers, a calibration set: `rogan_gladen` (Rogan and Gladen, Am. J. Epidemiol. 107 (1978) 71),
  (share + specificity - 1) / (sensitivity + specificity - 1). It holds if the judge errs on the answers
  as often as on the calibration set.
- a random part of the very answers: `prediction_powered`, in its form for a judge of two verdicts: what people
  say is averaged within each verdict, and weighed by how often the judge gives it over all answers. It is
  prediction-powered inference (Angelopoulos et al., Science 382 (2023) 669) with the best weight for the
  judge, and holds however the judge errs.

Both intervals carry the uncertainty of every rate that they are made of: each has Jeffreys' posterior, and the
2.5 % and 97.5 % quantiles of what follows from draws of them are the ends. In simulations (in the tests) they
cover the truth in 93 to 97 of 100 cases.

Where answers hang together, such as those to one item, they count as fewer: of the run always; of labels in
`prediction_powered`, of which it is known. What labels of a calibration set hang together with its maker need not say, so that
`rogan_gladen` takes each for one of its own, and its interval is too narrow where they do. Nothing is computed where too few labels are known, or the judge is not
shown to be better than chance.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from corridor.evaluation.rules.statistics.intervals import LEVEL, Interval
from corridor.evaluation.rules.statistics.outcomes import Floats

DRAWS = 20_000
SEED = 20260702
LEAST_OF_EACH = 20
"""Labelled answers of either sort that a calibration set needs."""
LEAST_LABELS = 30
"""Labelled answers that a random part needs."""

Method = Literal["Rogan-Gladen", "prediction-powered"]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a judge says of answers that people labelled."""

    hits: int
    """People: yes; the judge: yes."""
    misses: int
    """People: yes; the judge: no."""
    alarms: int
    """People: no; the judge: yes."""
    passes: int
    """People: no; the judge: no."""
    share_of_yes: float = 1.0
    """As which share of their number the labels count, where the judge says yes: less than 1 where they hang together."""
    share_of_no: float = 1.0
    """The same, where it says no."""

    @property
    def positives(self) -> int:
        """What people say yes to."""
        return self.hits + self.misses

    @property
    def negatives(self) -> int:
        """What people say no to."""
        return self.alarms + self.passes


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected share, or why there is none."""

    interval: Interval | None
    method: Method
    reason: str = ""


def rogan_gladen(
    count: float, n: float, known: Calibrated, seed: int = SEED, draws: int = DRAWS
) -> Corrected:
    """Correct a share, count of n, by a calibration set of other answers.

    Where answers hang together, n is the effective number of them, and count the share of it.
    """
    method: Method = "Rogan-Gladen"
    least = min(known.positives, known.negatives)
    if least < LEAST_OF_EACH:
        return Corrected(
            None,
            method,
            f"the calibration set has {known.positives} answers of the one sort and {known.negatives} "
            f"of the other, and {LEAST_OF_EACH} of each are needed",
        )
    chance = _Chance(np.random.default_rng(seed), draws)
    share = chance.of(count, n - count)
    sensitivity = chance.of(known.hits, known.misses)
    specificity = chance.of(known.passes, known.alarms)
    better = sensitivity + specificity - 1
    if np.quantile(better, (1 - LEVEL) / 2) <= 0:
        return Corrected(None, method, "the judge is not shown to be better than chance")
    youden = known.hits / known.positives + known.passes / known.negatives - 1
    value = (count / n + known.passes / known.negatives - 1) / youden
    drawn = (share + specificity - 1) / np.maximum(better, 1e-9)
    return Corrected(_interval(value, drawn), method)


def prediction_powered(
    count: float, n: float, known: Calibrated, seed: int = SEED, draws: int = DRAWS
) -> Corrected:
    """Correct a share, count of n, by people's labels of a random part of the very n answers.

    A judge that is no better than chance does no harm: the interval is then that of the labels alone.
    """
    method: Method = "prediction-powered"
    labels = known.positives + known.negatives
    if labels < LEAST_LABELS:
        return Corrected(
            None, method, f"{labels} answers were labelled, and {LEAST_LABELS} are needed"
        )
    chance = _Chance(np.random.default_rng(seed), draws)
    share = chance.of(count, n - count)
    yes, no = known.share_of_yes, known.share_of_no
    among_yes = chance.of(known.hits * yes, known.alarms * yes)
    among_no = chance.of(known.misses * no, known.passes * no)
    at = count / n
    value = at * _mean(known.hits, known.alarms) + (1 - at) * _mean(known.misses, known.passes)
    return Corrected(_interval(value, share * among_yes + (1 - share) * among_no), method)


@dataclass(frozen=True, slots=True)
class _Chance:
    random: np.random.Generator
    draws: int

    def of(self, yes: float, no: float) -> Floats:
        """Return draws from Jeffreys' posterior of a rate."""
        return self.random.beta(yes + 0.5, no + 0.5, self.draws)


def _mean(yes: int, no: int) -> float:
    # A verdict of which no answer was labelled weighs little; the middle is as good as any.
    return yes / (yes + no) if yes + no else 0.5


def _interval(value: float, drawn: Floats) -> Interval:
    low, high = np.quantile(np.clip(drawn, 0, 1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    value = min(1.0, max(0.0, value))
    return Interval(value, min(value, float(low)), max(value, float(high)))
