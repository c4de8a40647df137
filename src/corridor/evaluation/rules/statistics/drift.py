"""Whether a model with the same digest, or an endpoint of the same name, still answers as it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.records.samples import Sample
from corridor.evaluation.rules.statistics.intervals import Interval
from corridor.evaluation.rules.statistics.multiple import holm
from corridor.evaluation.rules.statistics.outcomes import Floats, Ints, Outcomes, outcomes_of
from corridor.evaluation.rules.statistics.paired import difference, equivalence

ERROR = 0.05
MARGIN = 0.02
"""Changes below this many points (of 1) count as none, once that is shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """Two runs in one language, on the items that both have."""

    language: str
    n: int
    value: Interval
    """Score of the later run less that of the earlier one, with its 95 % interval."""
    p_holm: float
    """Of no change, corrected for all languages."""
    p_margin_holm: float
    """Of a change of the margin or more, corrected likewise."""
    other_text: float
    """Share of items whose first answer is another text."""
    other_score: int
    """Items whose score is another one."""
    method: str

    @property
    def drifted(self) -> bool:
        """Whether the score has changed by more than chance."""
        return self.p_holm < ERROR

    @property
    def steady(self) -> bool:
        """Whether it is shown to have changed by less than the margin."""
        return self.p_margin_holm < ERROR

    @property
    def finding(self) -> str:
        """What came of it: `changed`, `steady`, or `open`, which means that nobody knows."""
        if self.drifted:
            return "changed"
        return "steady" if self.steady else "open"


def drift(
    earlier: Sequence[Sample], later: Sequence[Sample], *, margin: float = MARGIN, seed: int = 0
) -> Mapping[str, Change]:
    """Test by language whether two runs of one model on one data set differ, on the items both have.

    The paired test of `paired.difference` (for right and wrong McNemar's), Holm over languages. A model
    that is asked at a temperature above 0 answers otherwise by itself; as long as that is as often for the
    better as for the worse, the test takes it for chance.

    Raises:
        Invalid: if the runs are not of one model, data set and metric, or were judged by other scorers.
    """
    _check_alike(earlier, later)
    before, after = outcomes_of(earlier), outcomes_of(later)
    runs = {
        language: _paired(before, after, language)
        for language in before.languages
        if language in after.languages
    }
    found = {
        language: difference(run.later, run.earlier, run.clusters, seed)
        for language, run in runs.items()
        if run.items
    }
    zero = holm({language: each.p for language, each in found.items()})
    near = holm({language: equivalence(each, margin) for language, each in found.items()})
    return {
        language: Change(
            language=language,
            n=each.n,
            value=each.interval,
            p_holm=zero[language],
            p_margin_holm=near[language],
            other_text=_other_text(earlier, later, language, runs[language].items),
            other_score=int((runs[language].earlier != runs[language].later).sum()),
            method=each.method,
        )
        for language, each in found.items()
    }


@dataclass(frozen=True, slots=True)
class _Pair:
    items: tuple[str, ...]
    earlier: Floats
    later: Floats
    clusters: Ints


def _paired(before: Outcomes, after: Outcomes, language: str) -> _Pair:
    """Return the scores of both runs on the items that have one in both, in the order of the earlier."""
    rows = {item: row for row, item in enumerate(after.items)}
    both = [row for row, item in enumerate(before.items) if item in rows]
    items = [before.items[row] for row in both]
    one = before.column(language)[both]
    other = after.column(language)[[rows[item] for item in items]]
    there = ~np.isnan(one) & ~np.isnan(other)
    kept = tuple(item for item, judged in zip(items, there, strict=True) if judged)
    return _Pair(kept, one[there], other[there], before.clusters[both][there])


def _other_text(
    earlier: Sequence[Sample], later: Sequence[Sample], language: str, items: Sequence[str]
) -> float:
    one, other = (
        {
            s.item: s.output_sha256
            for s in reversed(run)
            if s.language == language and s.output_sha256
        }
        for run in (earlier, later)
    )
    return sum(one.get(item) != other.get(item) for item in items) / len(items)


def _check_alike(earlier: Sequence[Sample], later: Sequence[Sample]) -> None:
    if not earlier or not later:
        raise Invalid("one of the runs has no samples")
    for what in ("model", "model_sha256", "data_sha256", "metric", "scorer"):
        found = [{str(getattr(sample, what)) for sample in run} for run in (earlier, later)]
        if found[0] != found[1]:
            raise Invalid(
                f"the runs differ in {what}: {sorted(found[0])} and {sorted(found[1])}",
                hint="compare two runs of the same model, data and scorer; score the older again",
            )
