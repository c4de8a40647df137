"""The report on evidence: which of it, and as a page, as data or as files. Takes in NumPy."""

from collections.abc import Collection, Sequence

from corridor.core.store import Kept
from corridor.evaluation.adapters.report.chapters import Chapter, Safety
from corridor.evaluation.adapters.report.page import data, page, write
from corridor.evaluation.records import SafetyEvaluation
from corridor.evaluation.service.comparing import gaps_of
from corridor.evaluation.service.reading import NothingToRead, Reading

__all__ = ["Chapter", "chosen_of", "data", "page", "write"]


def chosen_of(
    known: Sequence[Reading],
    safety: Sequence[Kept[SafetyEvaluation]],
    models: Collection[str] = (),
    suites: Collection[str] = (),
) -> tuple[list[Chapter], list[Safety]]:
    """Return the newest evidence of each model's file and suite, as chapters, and that of safety.

    Args:
        known: all evidence of what models can do, the newest first.
        safety: all evidence of safety.
        models: only these, if any are named.
        suites: only these, if any are named.

    Raises:
        NothingToRead: if nothing is left.
    """

    def wanted(each: Reading | SafetyEvaluation) -> bool:
        return (not models or each.model in models) and (not suites or each.suite in suites)

    newest = {(e.model_sha256, e.suite, e.metric): e for e in reversed(known) if wanted(e)}
    safe = {
        (e.record.model_sha256, e.record.suite, e.record.language): e
        for e in sorted(safety, key=lambda each: each.record.made_at)
        if wanted(e.record)
    }
    if not newest and not safe:
        raise NothingToRead("There is no such evidence.")
    places = [
        Safety(e.record, f"{e.entry.issuer}, entry {e.entry.position}") for e in safe.values()
    ]
    return [_chapter(each) for each in newest.values()], places


def _chapter(reading: Reading) -> Chapter:
    found = gaps_of(reading)
    return Chapter(
        model=reading.model,
        model_sha256=reading.model_sha256,
        suite=reading.suite,
        method=reading.method,
        metric=reading.metric,
        records={tag: kept.record for tag, kept in reading.kept.items()},
        places={
            tag: f"{kept.entry.issuer}, entry {kept.entry.position}"
            for tag, kept in reading.kept.items()
        },
        summary=found.summary,
        caution=found.caution,
        lines=reading.lines,
    )
