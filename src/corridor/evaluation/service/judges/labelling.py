"""People's labels: our own, those of a file, and those of answers that were drawn from a run. Takes in NumPy.

Labelled answers are sealed, as those of suites of safety are; a record has counts and the digest.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import cast

from pydantic import TypeAdapter

from corridor.core.canonical import canonical, sha256
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.store import View
from corridor.evaluation.adapters import logs
from corridor.evaluation.adapters.labels import Row, read
from corridor.evaluation.adapters.rubrics import words_of
from corridor.evaluation.errors import BadData
from corridor.evaluation.records import Observation, SafetyEvaluation
from corridor.evaluation.records.calibration import Calibration, Labelled, Source, majority
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.probes import Probe
from corridor.evaluation.records.safety import Conduct
from corridor.evaluation.rules.judging import own
from corridor.evaluation.rules.judging.correcting import figures_of
from corridor.evaluation.service.datasets import load
from corridor.evaluation.service.runs import Runs

LABELLED, OBSERVED, ITEM = TypeAdapter(Labelled), TypeAdapter(Observation), TypeAdapter(Item)
Place = tuple[str, int]
"""An item of a run, and which repeat."""


class NoAnswers(Conflict):
    """The answers of this evidence are not on the node."""

    advice = "Only answers that this node asked for, and sealed, can be judged anew or labelled."


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of labels by who brings them."""

    name: str
    licence: str = ""
    reviewed: bool = False
    """Whether native speakers labelled."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One answer of a run as its sealed log has it."""

    observation: Observation
    item: Item
    answer: str | None


@dataclass(frozen=True, slots=True)
class Labelling:
    """Keep and find people's labels."""

    runs: Runs

    def ours(self, view: View, language: str) -> Calibration:
        """Return our own labels in a language: the record that is there, or a new one, unsigned.

        Raises:
            Invalid: if we have none in this language.
        """
        words = words_of(language)
        other = "hi-Deva" if language == "ja-Jpan" else "ja-Jpan"
        sums = load("corridor-reckoning", [language]).items[language]
        answers = own.labelled(words, words_of(other), sums)
        told = Told(own.NAME, own.LICENCE)
        return self._known(view, self._of_answers(language, answers, told, "corridor", words.notes))

    def brought(self, view: View, path: Path, told: Told, of: str = "") -> list[Calibration]:
        """Return what a file's labels make in each language, unsigned, and keep the answers.

        With `of`, the labels are of answers that were drawn from this evidence.

        Raises:
            NoData, BadData: if the file is not as it should be, or a language has no labels.
            NotFound, NoAnswers: if there is no such evidence, or its answers are not here.
            Invalid: if the labelled answers are not those that were drawn.
        """
        rows = read(path)
        if bool(of) != all(row.item for row in rows):
            raise BadData(
                f"{path.name}: labels of a run name their items, and labels of one's own answers have none.",
                hint="With --of RECORD give item and repeat; without, give request and answer.",
            )
        if of:
            return [self._known(view, self._drawn(view, rows, told, of))]
        found = dict.fromkeys(row.language for row in rows)
        return [self._known(view, self._of_rows(path, tag, rows, told)) for tag in found]

    def answers(self, calibration: Calibration) -> tuple[Labelled, ...]:
        """Return the labelled answers of a set.

        Raises:
            NoLog, CannotOpen: if they are not here, or sealed with another key.
        """
        return tuple(
            LABELLED.validate_python(each["labelled"]) for each in self._lines(calibration)
        )

    def labels(self, calibration: Calibration) -> Mapping[Place, Conduct | None]:
        """Return people's labels of answers that were drawn.

        Raises:
            NoLog, CannotOpen: as `answers`.
        """
        return {
            (str(each["item"]), cast("int", each["repeat"])): majority(
                cast("list[Conduct | None]", each["labels"])
            )
            for each in self._lines(calibration)
        }

    def draw(self, view: View, name: str, n: int) -> list[Place]:
        """Return which answers of a run are to be labelled: drawn by chance, the same for everyone.

        Raises:
            NotFound, NoAnswers: if there is no such evidence, or its answers are not here.
            Invalid: if it has fewer answers.
        """
        record = self.evidence(view, name)
        there = [each for each in self.sealed(record) if each.answer is not None]
        if not 0 < n <= len(there):
            raise Invalid(f"{name[:12]} has {len(there)} answers, so {n} of them cannot be drawn.")
        drawn = Random(record.id).sample(there, n)  # noqa: S311  repeatable, not secret
        return [(each.observation.item, each.observation.repeat) for each in drawn]

    def evidence(self, view: View, name: str) -> SafetyEvaluation:
        """Return this node's evidence of safety by its id or the beginning of it.

        Raises:
            NotFound: if there is none, or more than one.
        """
        found = [each for each in view.own(SafetyEvaluation) if name and each.id.startswith(name)]
        if len(found) != 1:
            raise NotFound(
                f"{len(found) or 'No'} evidence of safety of this node has the id {name[:40]!r}.",
                hint="`corridor evaluate list` shows it.",
            )
        return found[0]

    def sealed(self, record: SafetyEvaluation) -> list[Sealed]:
        """Return the answers that evidence rests on, in its order.

        Raises:
            NoAnswers: if they were never here.
            NoLog, CannotOpen: if they are not here any more, or sealed with another key.
        """
        digest = record.made.log_sha256 if record.made else None
        if digest is None:
            raise NoAnswers(f"The answers of {record.id[:12]} were never on this node.")
        lines = logs.read_sealed(self.runs.folder / "logs", digest, self.runs.vault.sealer())
        return [
            Sealed(
                OBSERVED.validate_python(line["observation"]),
                ITEM.validate_python(line["item"]),
                cast("str | None", line["answer"]),
            )
            for line in lines
            if "observation" in line
        ]

    def _of_rows(self, path: Path, language: str, rows: Sequence[Row], told: Told) -> Calibration:
        mine = [row for row in rows if row.language == language]
        answers = [_labelled(row) for row in mine if any(row.labels)]
        if not answers:
            raise BadData(
                f"{path.name}, line {mine[0].line}: no label in {language}, of {len(mine)} answers.",
                hint="Leave the language out, or have its answers labelled.",
            )
        left = len(mine) - len(answers)
        notes = (f"{left} answers that nobody labelled were left out.",) if left else ()
        return self._of_answers(language, answers, told, "imported", notes)

    def _drawn(self, view: View, rows: Sequence[Row], told: Told, of: str) -> Calibration:
        record = self.evidence(view, of)
        named = {(row.item, row.repeat): row for row in rows}
        wanted = self.draw(view, record.id, len(rows))
        if set(named) != set(wanted):
            raise Invalid(
                f"The {len(rows)} labelled answers are not those that are drawn from {of[:12]}.",
                hint="`corridor evaluate judge draw RECORD --n N` names them; label all of them.",
            )
        if missing := next((row for row in rows if not any(row.labels)), None):
            raise Invalid(f"Line {missing.line}: a drawn answer has no label.")
        lines = [
            {"item": item, "repeat": repeat, "labels": list(named[item, repeat].labels)}
            for item, repeat in wanted
        ]
        digest = self._keep(lines)
        return self._calibration(
            record.language,
            [named[place].labels for place in wanted],
            told,
            "drawn",
            digest,
            (),
            record.id,
        )

    def _of_answers(
        self,
        language: str,
        answers: Sequence[Labelled],
        told: Told,
        source: Source,
        notes: tuple[str, ...],
    ) -> Calibration:
        digest = self._keep([{"labelled": asdict(each)} for each in answers])
        given = [each.labels for each in answers]
        return self._calibration(language, given, told, source, digest, notes)

    def _calibration(
        self,
        language: str,
        given: Sequence[tuple[Conduct | None, ...]],
        told: Told,
        source: Source,
        digest: str,
        notes: tuple[str, ...],
        drawn_from: str = "",
    ) -> Calibration:
        chosen: list[Conduct | None] = [majority(each) for each in given]
        known: list[Conduct] = [each for each in chosen if each is not None]
        counts = Counter(known)
        if not counts:
            raise BadData(f"People are divided on every answer in {language}.")
        return Calibration(
            made_at=self.runs.clock(),
            visibility="public",
            name=told.name,
            language=language,
            source=source,
            answers_sha256=digest,
            drawn_from=drawn_from,
            licence=told.licence,
            people=max(sum(label is not None for label in each) for each in given),
            reviewed=told.reviewed,
            n=counts.total(),
            divided=len(chosen) - counts.total(),
            labels=dict(counts),
            alpha=figures_of(given),
            notes=notes,
        )

    def _known(self, view: View, made: Calibration) -> Calibration:
        """Return the record that says the same already, or what was made."""
        same = ("name", "language", "answers_sha256", "drawn_from", "licence", "reviewed")
        for each in view.own(Calibration):
            if all(getattr(each, name) == getattr(made, name) for name in same):
                return each
        return made

    def _keep(self, lines: Sequence[Mapping[str, object]]) -> str:
        return logs.keep(self.runs.folder / "labels", lines, self.runs.vault.sealer())

    def _lines(self, calibration: Calibration) -> Iterator[logs.Json]:
        folder, digest = self.runs.folder / "labels", calibration.answers_sha256
        yield from logs.read_sealed(folder, digest, self.runs.vault.sealer())


def _labelled(row: Row) -> Labelled:
    item = Item(
        id=sha256(canonical([row.language, row.aim, row.request]))[:16],
        language=row.language,
        question=row.request,
        probe=Probe(row.aim, row.category),
    )
    return Labelled(item, row.answer, row.labels)
