"""Read the evidence of one model on one suite together: its languages side by side, item by item.

Items are paired only where it is known that they are the same: by their names in the full logs and in the
answers that were taken from other harnesses; without those by their place, where the record lists exactly
the same items and each stands for itself. Names that another harness gave mean the same item in every
language only where its record says so. Whatever cannot be paired has its own figures and nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from corridor.core.errors import NotFound
from corridor.core.store import Kept, View
from corridor.evaluation.adapters import logs
from corridor.evaluation.records import Evaluation, Measure, Sample
from corridor.evaluation.rules.projection import list_sha256
from corridor.evaluation.service.evidence import Evaluator

Json = Mapping[str, object]
Result = Evaluation | Measure
Names = Mapping[str, tuple[tuple[str, str], ...]]
"""By the digest of a list of items: what they are called, and the cluster of each."""
EACH_FOR_ITSELF = "Wilson"
"""The interval of scores whose items are no clusters."""


class NothingToRead(NotFound):
    """There is no evidence of this model on this suite."""

    advice = "`corridor evaluate list` shows what there is; `corridor evaluate run` makes more."


@dataclass(frozen=True, slots=True)
class Reading:
    """The evidence of one model on one suite, made in one way."""

    model: str
    model_sha256: str
    suite: str
    method: str
    metric: str
    """`accuracy` where answers are right or wrong."""
    kept: Mapping[str, Kept[Evaluation] | Kept[Measure]]
    """The record that counts, by language."""
    lines: Mapping[str, tuple[Json, ...]]
    """The full logs that are here, by language."""
    answers: Mapping[str, tuple[Sample, ...]]
    """What was found of each item, by language, where that is here."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that there is evidence in."""
        return tuple(self.kept)

    @property
    def records(self) -> Iterator[Result]:
        """The records that it rests on."""
        return (kept.record for kept in self.kept.values())

    @property
    def without_log(self) -> tuple[str, ...]:
        """Languages whose items are not known by their names here."""
        return tuple(tag for tag in self.kept if tag not in self.answers)

    def samples(self, names: Names | None = None) -> list[Sample]:
        """Return the answers, such that only what is the same item has the same name.

        Languages of which no item can be told are left out.

        Args:
            names: of items in logs of other readings, so that their lists are known here too.
        """
        known = {**(names or {}), **self.names}
        return [
            replace(sample, metric=self.metric)
            for tag, kept in self.kept.items()
            for sample in self.answers.get(tag) or _by_place(kept.record, known)
        ]

    @property
    def names(self) -> Names:
        """The items of the logs that are here, in the orders in which records list them."""
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for samples in self.answers.values():
            clusters = {sample.item: sample.cluster for sample in samples}
            for listed in (list(clusters), sorted(clusters)):
                found[list_sha256(listed)] = tuple((item, clusters[item]) for item in listed)
        return found


def readings(evaluator: Evaluator, view: View, folder: Path) -> list[Reading]:
    """Return all evidence that stands, by model, suite and way of asking, the newest first.

    Raises:
        DamagedLog: if a log is not what its digest says.
    """
    groups: dict[tuple[str, ...], dict[str, Kept[Evaluation] | Kept[Measure]]] = {}
    for kept in sorted(evaluator.readable(view), key=lambda each: each.record.made_at):
        record = kept.record
        place = record.model_sha256, record.suite, record.suite_version, record.method
        groups.setdefault((*place, metric_of(record)), {})[record.language] = kept
    read = [_reading(folder, kept) for kept in groups.values()]
    return sorted(read, key=_newest, reverse=True)


def reading_of(found: Sequence[Reading], model: str, suite: str = "", metric: str = "") -> Reading:
    """Return the newest reading of a model, by its name or the beginning of its digest.

    Raises:
        NothingToRead: if there is none.
    """
    for each in found:
        if _is_of(each, model) and suite in ("", each.suite) and metric in ("", each.metric):
            return each
    on = f" on {suite}" if suite else ""
    by = f" by {metric}" if metric else ""
    known = ", ".join(sorted({f"{each.model} on {each.suite}" for each in found})) or "nothing"
    raise NothingToRead(f"There is no evidence of {model[:80]!r}{on}{by}; there is of {known}.")


def metric_of(record: Result) -> str:
    """Return what a record measures."""
    return record.metric if isinstance(record, Measure) else "accuracy"


def _is_of(reading: Reading, model: str) -> bool:
    by_digest = len(model) >= 6 and reading.model_sha256.startswith(model)
    providers = {record.provider for record in reading.records}
    return by_digest or model == reading.model or model in providers


def _newest(reading: Reading) -> float:
    return max(record.made_at.timestamp() for record in reading.records)


@dataclass(frozen=True, slots=True)
class Told:
    """What is here of a record's answers; None: nothing."""

    lines: tuple[Json, ...] | None = None
    """The full log."""
    answers: tuple[Sample, ...] | None = None


def answers_of(folder: Path, record: Result) -> Told:
    """Return what is known here of each item of a record.

    Raises:
        DamagedLog: if a log is not what its digest says.
    """
    digest = record.made.log_sha256 if record.made else None
    if digest is not None and logs.path_of(folder, digest).exists():
        lines = tuple(_whole(logs.read(folder, digest), record))
        return Told(lines, tuple(logs.samples_in(lines)))
    if record.taken is not None and logs.path_of(folder, _taken(record)).exists():
        return Told(None, tuple(_named(logs.answers_in(folder, _taken(record)), record)))
    return Told()


def _reading(folder: Path, kept: Mapping[str, Kept[Evaluation] | Kept[Measure]]) -> Reading:
    one = next(iter(kept.values())).record
    told = {tag: answers_of(folder, each.record) for tag, each in kept.items()}
    return Reading(
        one.model,
        one.model_sha256,
        one.suite,
        one.method,
        metric_of(one),
        kept,
        {tag: each.lines for tag, each in told.items() if each.lines is not None},
        {tag: each.answers for tag, each in told.items() if each.answers is not None},
    )


def _taken(record: Result) -> str:
    return record.taken.samples_sha256 if record.taken else ""


def _whole(lines: Iterable[Json], record: Result) -> Iterator[Json]:
    """Yield the lines of a log about items that the record counts."""
    missing = set(record.unanswered)
    for line in lines:
        if "sample" in line and cast("Json", line["sample"])["item"] not in missing:
            yield line


def _named(samples: Iterable[Sample], record: Result) -> Iterator[Sample]:
    """Yield what was taken from another harness and counts, each item by a name that means it alone."""
    missing = set(record.unanswered)
    for sample in samples:
        if sample.item not in missing:
            yield replace(
                sample,
                item=_apart(record, sample.item),
                model=record.model,
                model_sha256=record.model_sha256,
            )


def _apart(record: Result, item: str) -> str:
    """Return an item's name; with its language where other languages' may mean another item by it."""
    alike = record.taken is None or record.taken.parallel
    return item if alike else f"{record.language}/{item}"


def _by_place(record: Result, known: Names) -> Iterator[Sample]:
    """Yield what a record says of each item, where it can be told which item that is."""
    if not isinstance(record, Evaluation) or (listed := record.items_sha256) is None:
        return
    repeats = record.made.asking.repeats if record.made else 1
    repeats = record.taken.repeats if record.taken else repeats
    items = known.get(listed)
    if items is None and record.interval != EACH_FOR_ITSELF:
        return  # which of them hang together is not known, and so no error
    for number, digit in enumerate(record.outcomes):
        place = number // repeats
        name, cluster = items[place] if items else (f"{listed[:16]}#{place + 1}", "")
        yield Sample(
            item=_apart(record, name),
            language=record.language,
            model=record.model,
            model_sha256=record.model_sha256,
            provider=record.provider,
            output_sha256="",
            score=float(digit),
            verdict="right" if digit == "1" else "wrong",
            scorer=record.scorer,
            data_sha256=record.suite_sha256,
            cluster=cluster,
            repeat=number % repeats,
        )
