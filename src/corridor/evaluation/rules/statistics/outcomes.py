"""Samples of one model on one data set as arrays: a row an item, a column a language.

Repeats of an item are averaged, so that a model that is asked thrice does not count thrice. An item for
which there is no judged answer (the provider failed) is missing, never zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor.core.errors import Invalid
from corridor.evaluation.records.samples import JUDGED, Sample, Verdict

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LOSSES: tuple[Verdict, ...] = ("wrong", "language", "refusal", "format", "empty")
"""Why a score is lost; what a partly right answer lacks counts as wrong."""
POINTS = "points"
UNBOUNDED = ("bits", "log", "tokens", "seconds", POINTS)
"""How the names of metrics begin that are no shares from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Scores of one model on one data set."""

    items: tuple[str, ...]
    languages: tuple[str, ...]
    scores: Floats
    """Items x languages, the mean over repeats; not a number where there is no judged answer."""
    clusters: Ints
    """For each item the number of its cluster, from 0."""
    losses: Floats
    """LOSSES x items x languages: what is missing to a full score, by reason."""
    bounded: bool
    """Whether scores are shares from 0 to 1."""

    @property
    def independent(self) -> bool:
        """Whether each item is a cluster of its own."""
        return len(np.unique(self.clusters)) == len(self.items)

    def column(self, language: str) -> Floats:
        """Return a language's scores."""
        return self.scores[:, self.languages.index(language)]


def outcomes_of(samples: Sequence[Sample]) -> Outcomes:
    """Return what the samples say, items and languages in the order of their first appearance.

    Raises:
        Invalid: if they are of more than one model, data set or metric, of none, or out of range.
    """
    _check_alike(samples)
    languages = tuple(dict.fromkeys(sample.language for sample in samples))
    items = tuple(dict.fromkeys(sample.item for sample in samples))
    rows = {item: row for row, item in enumerate(items)}
    columns = {language: column for column, language in enumerate(languages)}
    sums = np.zeros((len(items), len(languages)))
    counts = np.zeros_like(sums)
    losses = np.zeros((len(LOSSES), *sums.shape))
    for sample in (each for each in samples if each.verdict in JUDGED):
        at = rows[sample.item], columns[sample.language]
        sums[at] += sample.score
        counts[at] += 1
        losses[(_reason(sample.verdict), *at)] += 1 - sample.score
    missing = np.where(counts > 0, counts, np.nan)
    bounded = is_bounded(samples[0].metric)
    return Outcomes(
        items, languages, sums / missing, _clusters(samples, rows), losses / missing, bounded
    )


def is_bounded(metric: str) -> bool:
    """Tell whether what a metric measures is a share from 0 to 1."""
    return not metric.startswith(UNBOUNDED)


def is_binary(scores: Floats) -> bool:
    """Tell whether each score that is there is 0 or 1."""
    there = scores[~np.isnan(scores)]
    return bool(np.all((there == 0) | (there == 1)))


def grouped(values: Floats, clusters: Ints) -> tuple[Floats, Floats]:
    """Return for each cluster the sum of its values and how many there are."""
    _, index = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(index).astype(np.float64)
    return np.bincount(index, weights=values).astype(np.float64), sizes


def by_item(samples: Iterable[Sample]) -> dict[tuple[str, str], list[Sample]]:
    """Return the judged samples by item and language, repeats together in their order."""
    found: defaultdict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.verdict in JUDGED:
            found[sample.item, sample.language].append(sample)
    return dict(found)


def _reason(verdict: Verdict) -> int:
    return 0 if verdict == "right" else LOSSES.index(verdict)


def _clusters(samples: Sequence[Sample], rows: dict[str, int]) -> Ints:
    named: dict[str, str] = {}
    for sample in samples:
        named[sample.item] = named.get(sample.item) or sample.cluster
    # An item without a cluster is its own, and cannot meet a cluster of the same name.
    labels = {item: ("cluster", name) if name else ("item", item) for item, name in named.items()}
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels.values()))}
    return np.array([numbers[labels[item]] for item in rows], dtype=np.int64)


def _check_alike(samples: Sequence[Sample]) -> None:
    if not samples:
        raise Invalid("there are no samples", hint="run the evaluation first")
    for what in ("model", "model_sha256", "metric"):
        _check_one(what, samples, "")
    for language in dict.fromkeys(sample.language for sample in samples):
        # The digest may be of all languages or of each alone.
        of_it = [sample for sample in samples if sample.language == language]
        _check_one("data_sha256", of_it, f" in {language}")
    if not is_bounded(samples[0].metric):
        return
    if bad := next((s for s in samples if s.verdict in JUDGED and not 0 <= s.score <= 1), None):
        raise Invalid(f"item {bad.item} in {bad.language} has the score {bad.score}, not 0 to 1")


def _check_one(what: str, samples: Sequence[Sample], where: str) -> None:
    found = {str(getattr(sample, what)) for sample in samples}
    if len(found) > 1:
        raise Invalid(
            f"the samples have more than one {what}{where}: {', '.join(sorted(found))}",
            hint="summarise one model on one data set at a time",
        )
