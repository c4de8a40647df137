"""From answers that another harness asked for to evidence of ours. Takes in NumPy.

An item counts when each of its repeats has a judged answer. Where each answer is right or wrong, what follows
is a share of right answers; where any lies between or beyond, a measure: the mean with its interval.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from corridor.evaluation.adapters.workers import machine
from corridor.evaluation.records import (
    JUDGED,
    Endpoint,
    Evaluation,
    Measure,
    Sample,
    Taken,
    Verdict,
)
from corridor.evaluation.records.imported import Imported
from corridor.evaluation.rules.projection import digest_of, list_sha256
from corridor.evaluation.rules.statistics.outcomes import POINTS
from corridor.evaluation.rules.summary import LanguageResult, summarise
from corridor.evaluation.service.concluding import estimate, figures

ELSEWHERE = "elsewhere"
"""The name of a provider that the catalogue does not have."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose answers they are, and who signs."""

    model: str
    model_sha256: str
    provider: str
    node: str
    by: str
    at: datetime
    endpoint: Endpoint | None = None
    """Known where this node asked."""


@dataclass(frozen=True, slots=True)
class Concluded:
    """What follows from the answers in one language."""

    language: str
    n: int
    record: Evaluation | Measure | None
    """Unsigned."""
    reason: str = ""
    """Why there is none."""
    samples: tuple[Sample, ...] = ()
    """The answers that the record names by their digest."""


def concluded(found: Imported, whose: Whose) -> list[Concluded]:
    """Return what follows in each language.

    Raises:
        Invalid: if the answers of one language are of several models, data sets or metrics.
    """
    languages = dict.fromkeys(sample.language for sample in found.samples)
    # For the whole log: a language is no share of right answers by chance of its scores.
    graded = not all(_is_binary(each) for each in found.samples)
    return [_in_language(found, tag, whose, graded=graded) for tag in languages]


def _in_language(found: Imported, language: str, whose: Whose, *, graded: bool) -> Concluded:
    samples = tuple(each for each in found.samples if each.language == language)
    counted, unanswered = _counted(samples)
    if not counted:
        return Concluded(language, 0, None, "no item was answered")
    metric = _metric(found.samples) if graded else "accuracy"
    result = summarise([replace(each, metric=metric) for each in counted]).languages[language]
    if result.score is None:
        return Concluded(language, len(counted), None, "too few items for a score")
    fields = _fields(found, samples, counted, unanswered, whose)
    record = _measure(fields, result, metric, found) if graded else _share(fields, result, counted)
    return Concluded(language, len(counted), record, samples=samples)


def _counted(samples: Sequence[Sample]) -> tuple[list[Sample], tuple[str, ...]]:
    """Return what counts, in order, and the items that are not wholly answered."""
    judged = Counter(each.item for each in samples if each.verdict in JUDGED)
    full = max(Counter(each.item for each in samples).values())
    counted = [each for each in samples if judged[each.item] == full]
    missing = dict.fromkeys(each.item for each in samples if judged[each.item] < full)
    return sorted(counted, key=lambda each: (each.item, each.repeat)), tuple(missing)


def _is_binary(sample: Sample) -> bool:
    return sample.score == (sample.verdict == "right")


def _metric(samples: Sequence[Sample]) -> str:
    """Return what graded scores measure; "points" where they are no shares from 0 to 1."""
    name = next((each.metric for each in samples if each.metric != "accuracy"), "graded score")
    within = all(0 <= each.score <= 1 for each in samples if each.verdict in JUDGED)
    return name if within else f"{POINTS} of {name}"


def _about(found: Imported, samples: Sequence[Sample], whose: Whose) -> Taken:
    tokens = [(each.tokens_in, each.tokens_out) for each in samples]
    known = None not in {count for pair in tokens for count in pair}
    return Taken(
        harness=found.harness,
        task=found.task,
        called=found.model,
        file_sha256=found.sha256,
        samples_sha256=digest_of(samples),
        repeats=max(Counter(each.item for each in samples).values()),
        parallel=found.parallel,
        whole=found.whole,
        notes=tuple(_notes(found)),
        by=whose.by,
        where=f"{whose.node}; {machine()}",
        endpoint=whose.endpoint,
        tokens_in=sum(read or 0 for read, _ in tokens) if known else None,
        tokens_out=sum(written or 0 for _, written in tokens) if known else None,
    )


def _notes(found: Imported) -> Iterator[str]:
    for reason, count in found.left_out.items():
        yield f"Left out: {count} {reason}."
    yield from found.notes


def _fields(
    found: Imported,
    samples: Sequence[Sample],
    counted: Sequence[Sample],
    unanswered: tuple[str, ...],
    whose: Whose,
) -> dict[str, object]:
    """Return what a share and a measure have in common."""
    about = _about(found, samples, whose)
    verdicts = Counter[Verdict](each.verdict for each in counted)
    if unanswered:
        verdicts["failed"] = len(unanswered) * about.repeats
    scorers, suite = ", ".join(sorted({each.scorer for each in counted})), found.suite or found.task
    return {
        "made_at": whose.at,
        "visibility": "public",
        "model": whose.model,
        "model_sha256": whose.model_sha256,
        "provider": whose.provider,
        "suite": suite,
        "suite_version": about.harness,
        "suite_sha256": counted[0].data_sha256,
        "language": counted[0].language,
        "method": f"{about.harness} asked, in the way of its task {suite}; scored by {scorers}",
        "seed": 0,
        "n": len(counted),
        "scorer": scorers[:100],
        "verdicts": dict(verdicts),
        "unanswered": unanswered,
        "items_sha256": list_sha256(each.item for each in counted),
        "taken": about,
    }


def _share(
    fields: dict[str, object], result: LanguageResult, counted: Sequence[Sample]
) -> Evaluation:
    assert result.score is not None  # noqa: S101  looked at by the caller
    correct = sum(each.verdict == "right" for each in counted)
    return Evaluation.model_validate(
        {
            **fields,
            "correct": correct,
            "outcomes": "".join("1" if each.verdict == "right" else "0" for each in counted),
            "score": estimate(correct / len(counted), result.score),
            "interval": result.method,
        }
    )


def _measure(
    fields: dict[str, object], result: LanguageResult, metric: str, found: Imported
) -> Measure:
    assert result.score is not None  # noqa: S101  looked at by the caller
    about = fields["taken"]
    if found.higher_is_better is None and isinstance(about, Taken):
        notes = (*about.notes, "More is taken as better: the log does not say which way it goes.")
        about = about.model_copy(update={"notes": notes})
    return Measure.model_validate(
        {
            **fields,
            "taken": about,
            "metric": metric[:100],
            "higher_is_better": found.higher_is_better is not False,
            "figure": figures(result.score),
            "interval": result.method,
        }
    )
