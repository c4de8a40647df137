"""Two models on the same items: which is better, in which language, and how surely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.records.samples import Sample
from corridor.evaluation.rules.statistics.intervals import Interval
from corridor.evaluation.rules.statistics.multiple import holm
from corridor.evaluation.rules.statistics.outcomes import Outcomes, outcomes_of
from corridor.evaluation.rules.statistics.paired import (
    Difference,
    detectable,
    difference,
    equivalence,
)
from corridor.evaluation.rules.thresholds import ERROR, MARGIN, MINIMUM_CLUSTERS, MINIMUM_N


@dataclass(frozen=True, slots=True)
class Versus:
    """How far one model is ahead of another one in one language."""

    language: str
    n: int
    """Items that both answered."""
    first: float
    second: float
    """Their scores on these items."""
    value: Interval
    """First less second, with its 95 % interval."""
    p_holm: float
    """Of no difference, corrected for all languages that were compared."""
    p_margin_holm: float | None
    """Of a difference of the margin or more, corrected likewise; None where scores are no shares."""
    detectable: float
    """The smallest difference that so many such pairs would show in 80 % of cases."""
    method: str
    higher_is_better: bool = True

    @property
    def finding(self) -> str:
        """Which is better: `first`, `second`, `equal` within the margin, or `open`."""
        if self.p_holm < ERROR:
            return "first" if (self.value.value > 0) == self.higher_is_better else "second"
        within = self.p_margin_holm is not None and self.p_margin_holm < ERROR
        return "equal" if within else "open"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two models, language by language."""

    languages: Mapping[str, Versus]
    left_out: Mapping[str, str]
    """Languages that were not compared, and why."""
    margin: float


def compare(
    first: Sequence[Sample],
    second: Sequence[Sample],
    *,
    minimum_n: int = MINIMUM_N,
    margin: float = MARGIN,
    seed: int = 0,
    higher_is_better: bool = True,
) -> Compared:
    """Compare two models on the items that both answered.

    Raises:
        Invalid: if the samples of one are of several models, data sets or metrics, those of both are of
            different metrics, or there are none.
    """
    one, two = outcomes_of(first), outcomes_of(second)
    if first[0].metric != second[0].metric:
        raise Invalid(f"one has {first[0].metric}, the other {second[0].metric}")
    data = {sample.language: sample.data_sha256 for sample in first}
    other = {sample.language: sample.data_sha256 for sample in second}
    found: dict[str, tuple[Difference, float, float]] = {}
    left_out: dict[str, str] = {}
    for language in dict.fromkeys((*one.languages, *two.languages)):
        if language not in data or language not in other:
            left_out[language] = "only one of them has evidence in it"
        elif data[language] != other[language]:
            left_out[language] = "they were asked different data"
        elif (pair := _paired(one, two, language, minimum_n, seed)) is None:
            left_out[language] = "too few items that both answered"
        else:
            found[language] = pair
    zero = holm({language: each.p for language, (each, _, _) in found.items()})
    near = holm({language: equivalence(each, margin) for language, (each, _, _) in found.items()})
    return Compared(
        {
            language: Versus(
                language,
                each.n,
                a,
                b,
                each.interval,
                zero[language],
                near[language] if one.bounded else None,
                detectable(each),
                each.method,
                higher_is_better,
            )
            for language, (each, a, b) in found.items()
        },
        left_out,
        margin,
    )


def _paired(
    one: Outcomes, two: Outcomes, language: str, minimum_n: int, seed: int
) -> tuple[Difference, float, float] | None:
    scores = dict(zip(two.items, two.column(language), strict=True))
    a = one.column(language)
    b = np.array([scores.get(item, np.nan) for item in one.items])
    both = ~np.isnan(a) & ~np.isnan(b)
    clusters = one.clusters[both]
    if both.sum() < minimum_n or len(np.unique(clusters)) < MINIMUM_CLUSTERS:
        return None
    found = difference(a[both], b[both], clusters, seed)
    return found, float(a[both].mean()), float(b[both].mean())
