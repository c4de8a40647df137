"""From samples to what is said of a model: each language's score, and the gaps between languages.

The report, the record and the command line all show what this makes. A language with too few items has
its counts and nothing else; an item that the provider never answered is missing, not wrong.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from corridor.evaluation.records.samples import JUDGED, Sample, Verdict
from corridor.evaluation.rules.statistics.chance import Chance, corrected, level_of
from corridor.evaluation.rules.statistics.consistency import Consistency, consistency
from corridor.evaluation.rules.statistics.decompose import parts
from corridor.evaluation.rules.statistics.intervals import Interval, mean, share
from corridor.evaluation.rules.statistics.multiple import Best, best, holm
from corridor.evaluation.rules.statistics.outcomes import Floats, Outcomes, is_binary, outcomes_of
from corridor.evaluation.rules.statistics.paired import (
    Difference,
    detectable,
    difference,
    equivalence,
)
from corridor.evaluation.rules.statistics.repeats import Variation, variation
from corridor.evaluation.rules.thresholds import ERROR, MARGIN, MINIMUM_CLUSTERS, MINIMUM_N


@dataclass(frozen=True, slots=True)
class LanguageResult:
    """What a model does in one language."""

    language: str
    n: int
    """Items with a judged answer."""
    clusters: int
    score: Interval | None
    """The mean with its 95 % interval; None where suppressed."""
    chance: float | None
    above_chance: Interval | None
    """The score on a scale where guessing is 0; None where suppressed or chance is not known."""
    verdicts: Mapping[Verdict, int]
    """Answers by verdict, repeats and the provider's failures included."""
    unanswered: int
    """Items without any judged answer; they count neither as right nor as wrong."""
    suppressed: bool
    """Too few items or clusters for a score."""
    method: str
    """Of the interval."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a language is behind another one, on the same items."""

    language: str
    against: str
    n: int
    """Items answered in both."""
    clusters: int
    value: Interval
    """Score of the other less score of the language, with its 95 % interval: above 0 is behind."""
    p: float
    """Of no gap at all."""
    p_holm: float
    """The same, corrected for all languages that were compared."""
    p_margin_holm: float | None
    """Of a gap of the margin or more, corrected likewise; None where scores are no shares."""
    margin: float
    detectable: float
    """The smallest gap that so many such pairs would show in 80 % of cases."""
    parts: Mapping[Verdict, Interval]
    """What the gap is made of; adds up to it."""
    method: str

    @property
    def differs(self) -> bool:
        """Whether there is a gap, or an advantage."""
        return self.p_holm < ERROR

    @property
    def within_margin(self) -> bool:
        """Whether the gap is shown to be smaller than the margin: "no gap" as a finding."""
        return self.p_margin_holm is not None and self.p_margin_holm < ERROR

    @property
    def finding(self) -> str:
        """What was found, in a few words; "open" where nothing was."""
        if self.differs and self.p_margin_holm is None:  # more bits or seconds are no lead
            return "lower" if self.value.value > 0 else "higher"
        if self.differs:
            found = "behind" if self.value.value > 0 else "ahead"
            return f"{found}, by less than the margin" if self.within_margin else found
        return "no gap" if self.within_margin else "open"


@dataclass(frozen=True, slots=True)
class Summary:
    """What samples of one model on one data set say."""

    metric: str
    scorers: tuple[str, ...]
    languages: Mapping[str, LanguageResult]
    reference: str | None
    """The language that gaps are against; None if it was not asked or has too few items."""
    gaps: Mapping[str, Gap]
    """By language, without the reference and those that are suppressed or share too few items."""
    best: Best | None
    """The gap to the best language, which is corrected for choosing it by looking; None with fewer than
    two languages, too few items that all have, or scores that are no shares."""
    consistency: Consistency | None
    """How alike the answers to the same items are; None with fewer than two languages that have scores."""
    variation: Mapping[str, Variation]
    """How much answers vary when asked again, for the languages in which any item was."""
    minimum_n: int


def summarise(
    samples: Sequence[Sample],
    *,
    reference: str = "en",
    minimum_n: int = MINIMUM_N,
    chance: Chance | None = None,
    margin: float = MARGIN,
    seed: int = 0,
) -> Summary:
    """Return what the samples of one model on one data set say.

    `reference` is a language tag, or the first part of one. The seed is the bootstrap's.

    Raises:
        Invalid: if there are none, if they are of several models, data sets or metrics, or out of range.
    """
    outcomes = outcomes_of(samples)
    languages = {
        language: _language(outcomes, language, samples, minimum_n, chance)
        for language in outcomes.languages
    }
    shown = [each for each, result in languages.items() if not result.suppressed]
    against = next((each for each in shown if each == reference), None) or next(
        (each for each in shown if each.split("-")[0] == reference), None
    )
    return Summary(
        metric=samples[0].metric,
        scorers=tuple(sorted({sample.scorer for sample in samples})),
        languages=languages,
        reference=against,
        gaps=_gaps(outcomes, against, shown, minimum_n, margin, seed) if against else {},
        best=_best(outcomes, shown, minimum_n, seed),
        consistency=consistency(samples, shown) if len(shown) > 1 else None,
        variation={
            language: found
            for language in outcomes.languages
            if (found := variation(samples, language)).items
        },
        minimum_n=minimum_n,
    )


def plain(summary: Summary) -> dict[str, object]:
    """Return a summary as JSON can have it."""
    value = asdict(summary)
    if summary.consistency is not None:
        pairs = summary.consistency.pairs.items()
        value["consistency"]["pairs"] = [{"languages": k, "same": v} for k, v in pairs]
    return value


def _language(
    outcomes: Outcomes,
    language: str,
    samples: Sequence[Sample],
    minimum_n: int,
    chance: Chance | None,
) -> LanguageResult:
    of_it = [sample for sample in samples if sample.language == language]
    there, scores = _there(outcomes, language)
    clusters = outcomes.clusters[there]
    n, groups = len(scores), len(np.unique(clusters))
    suppressed = n < minimum_n or groups < MINIMUM_CLUSTERS
    score = None
    if not suppressed:
        score = share(scores, clusters) if outcomes.bounded else mean(scores, clusters)
    items = [item for item, answered in zip(outcomes.items, there, strict=True) if answered]
    level = level_of(chance, items)
    above = corrected(score, level) if score and level is not None else None
    return LanguageResult(
        language=language,
        n=n,
        clusters=groups,
        score=score,
        chance=level,
        above_chance=above,
        verdicts=dict(Counter(sample.verdict for sample in of_it)),
        unanswered=len({s.item for s in of_it} - {s.item for s in of_it if s.verdict in JUDGED}),
        suppressed=suppressed,
        method=_method(outcomes, scores, groups),
    )


def _method(outcomes: Outcomes, scores: Floats, groups: int) -> str:
    if not outcomes.bounded:
        return "cluster-robust, Student"
    if groups == len(scores) and is_binary(scores):
        return "Wilson"
    return "Wilson, cluster-robust"


def _there(
    outcomes: Outcomes, language: str
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool]], Floats]:
    column = outcomes.column(language)
    there = ~np.isnan(column)
    return there, column[there]


def _gaps(
    outcomes: Outcomes, against: str, shown: Sequence[str], minimum_n: int, margin: float, seed: int
) -> dict[str, Gap]:
    found: dict[str, Difference] = {}
    made_of: dict[str, Mapping[Verdict, Interval]] = {}
    first = outcomes.languages.index(against)
    for language in shown:
        second = outcomes.languages.index(language)
        both = ~np.isnan(outcomes.scores[:, [first, second]]).any(axis=1)
        clusters = outcomes.clusters[both]
        if language == against or both.sum() < minimum_n or len(set(clusters)) < MINIMUM_CLUSTERS:
            continue
        scores, losses = outcomes.scores[both], outcomes.losses[:, both]
        found[language] = difference(scores[:, first], scores[:, second], clusters, seed)
        made_of[language] = parts(losses[:, :, first], losses[:, :, second], clusters)
    zero = holm({language: each.p for language, each in found.items()})
    near = holm({language: equivalence(each, margin) for language, each in found.items()})
    return {
        language: Gap(
            language=language,
            against=against,
            n=each.n,
            clusters=each.clusters,
            value=each.interval,
            p=each.p,
            p_holm=zero[language],
            p_margin_holm=near[language] if outcomes.bounded else None,
            margin=margin,
            detectable=detectable(each),
            parts=made_of[language] if outcomes.bounded else {},
            method=each.method,
        )
        for language, each in found.items()
    }


def _best(outcomes: Outcomes, shown: Sequence[str], minimum_n: int, seed: int) -> Best | None:
    columns = [outcomes.languages.index(language) for language in shown]
    all_have = ~np.isnan(outcomes.scores[:, columns]).any(axis=1)
    clusters = outcomes.clusters[all_have]
    if not outcomes.bounded or len(shown) < 2 or all_have.sum() < minimum_n:
        return None
    if len(set(clusters)) < MINIMUM_CLUSTERS:
        return None
    return best(outcomes.scores[all_have][:, columns], shown, clusters, seed)
