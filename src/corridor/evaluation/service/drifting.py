"""Whether a model still answers as it did: its newest run against the one before, tested. Takes in NumPy."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from corridor.core.store import View
from corridor.evaluation.records import Evaluation, Measure, Sample
from corridor.evaluation.rules.statistics.drift import MARGIN, Change, drift
from corridor.evaluation.service.comparing import subject_of
from corridor.evaluation.service.evidence import Evaluator
from corridor.evaluation.service.reading import (
    Reading,
    Result,
    answers_of,
    metric_of,
    reading_of,
    readings,
)


@dataclass(frozen=True, slots=True)
class Drift:
    """Two runs of one file at one provider, language by language."""

    reading: Reading
    """The newest run."""
    before: Mapping[str, Result]
    """The record of the run before it, by language."""
    changes: Mapping[str, Change]
    left_out: Mapping[str, str]
    """Languages that were not compared, and why."""
    margin: float


def drift_of(
    evaluator: Evaluator,
    view: View,
    folder: Path,
    named: tuple[str, str, str],
    margin: float = MARGIN,
) -> Drift:
    """Test whether a model has changed between its two newest runs on a suite that were made alike.

    Args:
        evaluator: knows the evidence.
        view: of the store.
        folder: where full logs are.
        named: model, suite and metric, as `reading_of` takes them.
        margin: changes below it count as none.

    Raises:
        NothingToRead: if there is no evidence of the model.
        DamagedLog: if a log is not what its digest says.
    """
    reading = reading_of(readings(evaluator, view, folder), *named)
    every = [*view.every(Evaluation), *view.every(Measure)]
    before: dict[str, Result] = {}
    left_out: dict[str, str] = {}
    runs: tuple[list[Sample], list[Sample]] = [], []
    for language, kept in reading.kept.items():
        alike = [each.record for each in every if _made_alike(each.record, kept.record)]
        earlier = max(alike, key=lambda record: record.made_at, default=None)
        answers = answers_of(folder, earlier).answers if earlier is not None else None
        later = reading.answers.get(language)
        if earlier is None:
            left_out[language] = (
                "it was run once; `corridor evaluate run --again` runs it once more"
            )
        elif not later or not answers:
            left_out[language] = "the full log of one of the two runs is not on this node"
        else:
            before[language] = earlier
            runs[0].extend(replace(sample, metric=reading.metric) for sample in answers)
            runs[1].extend(replace(sample, metric=reading.metric) for sample in later)
    changes: Mapping[str, Change] = drift(*runs, margin=margin) if before else {}
    few = {tag: "no item has an answer in both runs" for tag in before if tag not in changes}
    return Drift(reading, before, changes, {**left_out, **few}, margin)


def plain_drift(found: Drift) -> dict[str, object]:
    """Return it as JSON can have it."""
    return {
        **subject_of(found.reading),
        "before": {tag: record.id for tag, record in found.before.items()},
        "changes": {
            tag: {**asdict(change), "finding": change.finding}
            for tag, change in found.changes.items()
        },
        "left_out": dict(found.left_out),
        "margin": found.margin,
    }


def _made_alike(record: Result, later: Result) -> bool:
    """Tell whether a record is of an earlier run of the same file, in the same way, at the same provider."""
    return (
        type(record) is type(later)
        and record.made is not None
        and later.made is not None
        and record.made.run != later.made.run
        and record.made_at < later.made_at
        and record.model_sha256 == later.model_sha256
        and record.provider == later.provider
        and record.language == later.language
        and record.suite_sha256 == later.suite_sha256
        and record.method == later.method
        and metric_of(record) == metric_of(later)
    )
