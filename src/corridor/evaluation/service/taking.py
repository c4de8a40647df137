"""From answers that another harness asked for to evidence of ours. Takes in NumPy.

An item counts when each of its repeats has a judged answer. What is no share of right answers (a score
between right and wrong) is not made into evidence, and said to be so.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from corridor.evaluation.records import JUDGED, Endpoint, Evaluation, Sample, Taken, Verdict
from corridor.evaluation.records.imported import Imported
from corridor.evaluation.rules.projection import digest_of
from corridor.evaluation.rules.summary import LanguageResult, summarise
from corridor.evaluation.service.concluding import estimate, list_sha256
from corridor.evaluation.service.making import machine

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
    record: Evaluation | None
    """Unsigned."""
    reason: str = ""
    """Why there is none."""


def concluded(found: Imported, whose: Whose) -> list[Concluded]:
    """Return what follows in each language.

    Raises:
        Invalid: if the answers of one language are of several models, data sets or metrics.
    """
    languages = dict.fromkeys(sample.language for sample in found.samples)
    return [_in_language(found, tag, whose) for tag in languages]


def _in_language(found: Imported, language: str, whose: Whose) -> Concluded:
    samples = [each for each in found.samples if each.language == language]
    counted, unanswered = _counted(samples)
    if not counted:
        return Concluded(language, 0, None, "no item was answered")
    if not all(_is_binary(each) for each in counted):
        return Concluded(
            language, len(counted), None, "scores between right and wrong are no share"
        )
    result = summarise(counted).languages[language]
    if result.score is None:
        return Concluded(language, len(counted), None, "too few items for a score")
    about = _about(found, samples, whose)
    record = _record(result, counted, unanswered, whose, about)
    return Concluded(language, len(counted), record)


def _counted(samples: Sequence[Sample]) -> tuple[list[Sample], tuple[str, ...]]:
    """Return what counts, in order, and the items that are not wholly answered."""
    judged = Counter(each.item for each in samples if each.verdict in JUDGED)
    full = max(Counter(each.item for each in samples).values())
    counted = [each for each in samples if judged[each.item] == full]
    missing = dict.fromkeys(each.item for each in samples if judged[each.item] < full)
    return sorted(counted, key=lambda each: (each.item, each.repeat)), tuple(missing)


def _is_binary(sample: Sample) -> bool:
    return sample.score == (sample.verdict == "right")


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


def _record(
    result: LanguageResult,
    counted: Sequence[Sample],
    unanswered: tuple[str, ...],
    whose: Whose,
    about: Taken,
) -> Evaluation:
    assert result.score is not None  # noqa: S101  looked at by the caller
    verdicts = Counter[Verdict](each.verdict for each in counted)
    if unanswered:
        verdicts["failed"] = len(unanswered) * about.repeats
    scorers = ", ".join(sorted({each.scorer for each in counted}))
    return Evaluation(
        made_at=whose.at,
        visibility="public",
        model=whose.model,
        model_sha256=whose.model_sha256,
        provider=whose.provider,
        suite=about.task,
        suite_version=about.harness,
        suite_sha256=counted[0].data_sha256,
        language=result.language,
        method=f"{about.harness} asked, in the way of its task {about.task}; scored by {scorers}",
        seed=0,
        n=len(counted),
        correct=verdicts["right"],
        outcomes="".join("1" if each.verdict == "right" else "0" for each in counted),
        score=estimate(verdicts["right"] / len(counted), result.score),
        interval=result.method,
        scorer=scorers,
        verdicts=dict(verdicts),
        unanswered=unanswered,
        items_sha256=list_sha256(counted),
        taken=about,
    )
