"""How much a model's answers vary when it is asked the same again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corridor.evaluation.records.samples import Sample
from corridor.evaluation.rules.statistics.outcomes import by_item


@dataclass(frozen=True, slots=True)
class Variation:
    """Repeats of the same items in one language."""

    language: str
    items: int
    """Items with at least two judged repeats."""
    repeats: int
    """The fewest of them."""
    other_text: float | None
    """Share of items whose answers are not all the same text."""
    other_verdict: float | None
    """Share of items whose answers have not all the same verdict."""
    within: float | None
    """Variance of the score between repeats of an item (mean of the unbiased ones)."""
    between: float | None
    """Variance of what items would score if asked without end, estimated; not below 0."""
    run_error: float | None
    """Standard deviation that asking once adds to the mean of these items: what two runs of the
    same model on the same items differ by is this times the square root of 2."""

    @property
    def words(self) -> str:
        """How much answers vary, for people."""
        text, verdict = (f"{share or 0:.0%}" for share in (self.other_text, self.other_verdict))
        error = self.run_error or 0.0
        return (
            f"{self.language}: of {self.items} items that were asked {self.repeats} times or more the text varies in "
            f"{text} and the verdict in {verdict}; asking once adds {error:.3f} to the score's error."
        )


def variation(samples: Sequence[Sample], language: str) -> Variation:
    """Split the variance of scores into that of items and that of asking again.

    One-way analysis of variance with random effects: within is the mean square within items; between is the
    variance of item means less within / repeats (Miller, arXiv 2411.00640 (2024), section 3, uses the
    same split to say what more repeats can gain).
    """
    of_it = by_item(sample for sample in samples if sample.language == language)
    answers = [found for found in of_it.values() if len(found) > 1]
    if not answers:
        return Variation(language, 0, 0, None, None, None, None, None)
    scores = [np.array([sample.score for sample in found]) for found in answers]
    within = float(np.mean([each.var(ddof=1) for each in scores]))
    noise = float(np.mean([each.var(ddof=1) / len(each) for each in scores]))
    means = np.array([each.mean() for each in scores])
    between = max(0.0, float(means.var(ddof=1)) - noise) if len(means) > 1 else None
    return Variation(
        language=language,
        items=len(answers),
        repeats=min(len(found) for found in answers),
        other_text=_share([len({s.output_sha256 for s in found}) > 1 for found in answers]),
        other_verdict=_share([len({s.verdict for s in found}) > 1 for found in answers]),
        within=within,
        between=between,
        run_error=float(np.sqrt(within / len(answers))),
    )


def _share(found: list[bool]) -> float:
    return sum(found) / len(found)
