"""Read the evidence of one model on one suite together: its languages side by side, item by item.

Which answers were given to which item is in the full logs. Where one is not on this node, items are told by
their place in the record's outcomes, as far as the records list the same items.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from corridor.core.errors import NotFound
from corridor.core.store import Kept, View
from corridor.evaluation.adapters import logs
from corridor.evaluation.records import Evaluation, Sample
from corridor.evaluation.service.evidence import Evaluator

Json = Mapping[str, object]


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
    kept: Mapping[str, Kept[Evaluation]]
    """The record that counts, by language."""
    lines: Mapping[str, tuple[Json, ...]]
    """The full logs that are here, by language."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that there is evidence in."""
        return tuple(self.kept)

    @property
    def without_log(self) -> tuple[str, ...]:
        """Languages whose full log is not here."""
        return tuple(tag for tag in self.kept if tag not in self.lines)

    def samples(self) -> list[Sample]:
        """Return the answers, such that the same item has the same name in every language."""
        if not self.without_log:
            return [sample for lines in self.lines.values() for sample in logs.samples_in(lines)]
        return [sample for tag in self.paired() for sample in _by_place(self.kept[tag].record)]

    def paired(self) -> tuple[str, ...]:
        """Return the languages whose items can be told to be the same."""
        if not self.without_log:
            return self.languages
        first = next(iter(self.kept.values())).record.items_sha256
        same = (tag for tag, kept in self.kept.items() if kept.record.items_sha256 == first)
        return tuple(same) if first is not None else self.languages[:1]


def readings(evaluator: Evaluator, view: View, folder: Path) -> list[Reading]:
    """Return all evidence that counts, by model, suite and way of asking, the newest first."""
    groups: dict[tuple[str, str, str, str], dict[str, Kept[Evaluation]]] = {}
    found = (each.kept for same in evaluator.standing(view).values() for each in same)
    for kept in sorted(found, key=lambda each: each.record.made_at):
        record = kept.record
        place = record.model_sha256, record.suite, record.suite_version, record.method
        groups.setdefault(place, {})[record.language] = kept
    read = [_reading(folder, kept) for kept in groups.values()]
    return sorted(read, key=_newest, reverse=True)


def reading_of(found: Sequence[Reading], model: str, suite: str = "") -> Reading:
    """Return the newest reading of a model, by its name or the beginning of its digest.

    Raises:
        NothingToRead: if there is none.
    """
    for each in found:
        if _is_of(each, model) and suite in ("", each.suite):
            return each
    on = f" on {suite}" if suite else ""
    known = ", ".join(sorted({f"{each.model} on {each.suite}" for each in found})) or "nothing"
    raise NothingToRead(f"There is no evidence of {model[:80]!r}{on}; there is of {known}.")


def _is_of(reading: Reading, model: str) -> bool:
    by_digest = len(model) >= 6 and reading.model_sha256.startswith(model)
    providers = {kept.record.provider for kept in reading.kept.values()}
    return by_digest or model == reading.model or model in providers


def _newest(reading: Reading) -> float:
    return max(kept.record.made_at.timestamp() for kept in reading.kept.values())


def _reading(folder: Path, kept: Mapping[str, Kept[Evaluation]]) -> Reading:
    one = next(iter(kept.values())).record
    lines: dict[str, tuple[Json, ...]] = {}
    for tag, each in kept.items():
        digest = each.record.made.log_sha256 if each.record.made else None
        if digest is not None and logs.path_of(folder, digest).exists():
            lines[tag] = tuple(_whole(logs.read(folder, digest), each.record))
    return Reading(one.model, one.model_sha256, one.suite, one.method, kept, lines)


def _whole(lines: Iterable[Json], record: Evaluation) -> Iterator[Json]:
    """Yield the lines of a log about items that the record counts."""
    missing = set(record.unanswered)
    for line in lines:
        if "sample" in line and cast("Json", line["sample"])["item"] not in missing:
            yield line


def _by_place(record: Evaluation) -> Iterator[Sample]:
    repeats = record.made.asking.repeats if record.made else 1
    repeats = record.taken.repeats if record.taken else repeats
    for number, digit in enumerate(record.outcomes):
        yield Sample(
            item=f"#{number // repeats + 1}",
            language=record.language,
            model=record.model,
            model_sha256=record.model_sha256,
            provider=record.provider,
            output_sha256="",
            score=float(digit),
            verdict="right" if digit == "1" else "wrong",
            scorer=record.scorer,
            data_sha256=record.suite_sha256,
            repeat=number % repeats,
        )
