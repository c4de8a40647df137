"""Results of aisev, the tool of Japan's AI Safety Institute, as samples.

aisev exports the results of an evaluation as JSON (`evaluation_detail_….json`), by its ten perspectives. Its
CSV files hold questions: `ten_perspective`, `text`, `scorer` and what the scorer needs. A CSV file is read
where it also has the columns `answer` and `score`. Answers that people gave about a system are no samples,
and are counted.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from corridor.core.canonical import canonical, sha256
from corridor.evaluation.errors import BadData
from corridor.evaluation.records.imported import Imported, Stated
from corridor.evaluation.records.samples import Sample, Verdict

BY_PEOPLE = frozenset(("定性", "定性評価", "qualitative"))
QUESTIONS = ("ten_perspective", "text")
ANSWERS = ("answer", "score")


@dataclass(frozen=True, slots=True)
class Row:
    """A question, its answer and score."""

    perspective: str
    question: str
    answer: str
    score: object
    by_people: bool = False


def read(path: Path, stated: Stated) -> Imported:
    """Read an export, or a CSV file of questions with answers and scores.

    Raises:
        BadData: if it is neither, or nobody says the language of its items.
    """
    if not stated.language:
        raise BadData(
            f"Nothing in {path.name} says in which language it is.", hint="State it: --language."
        )
    data = path.read_bytes()
    model, judge, task, rows = _table(path, data) if path.suffix == ".csv" else _export(path, data)
    reading = _Reading(stated, stated.model or model or "unknown", judge)
    samples = tuple(reading.samples(list(rows)))
    return Imported(
        format="aisev",
        harness="aisev of unknown version",
        task=task,
        model=reading.model,
        sha256=sha256(data),
        samples=samples,
        whole=not reading.left_out,
        left_out=dict(reading.left_out),
        notes=(f"Judged by the model {judge}.",) if judge else (),
        suite=stated.suite,
        parallel=stated.parallel,
    )


@dataclass(slots=True)
class _Reading:
    stated: Stated
    model: str
    judge: str
    left_out: Counter[str] = field(default_factory=Counter[str])

    def samples(self, rows: list[Row]) -> Iterator[Sample]:
        asked = [[row.perspective, row.question] for row in rows if not row.by_people]
        digest = sha256(canonical(asked))
        for row in rows:
            score = _score(row.score)
            if row.by_people:
                self.left_out["answered by people"] += 1
            elif score is None:
                self.left_out["without a score from 0 to 1"] += 1
            else:
                yield self._sample(row, score, digest)

    def _sample(self, row: Row, score: float, digest: str) -> Sample:
        verdict: Verdict = "right" if score >= 1 else "wrong" if row.answer.strip() else "empty"
        return Sample(
            item=sha256(canonical([row.perspective, row.question]))[:16],
            language=self.stated.language,
            model=self.model,
            model_sha256=self.stated.model_sha256,
            provider=self.stated.provider or "unknown",
            output_sha256=sha256(row.answer.encode()),
            score=score,
            verdict=verdict,
            scorer=f"aisev:{self.judge or 'unknown judge'}",
            data_sha256=digest,
            metric="score",
            cluster=row.perspective,
        )


def _score(value: object) -> float | None:
    try:
        found = float(value) if isinstance(value, bool | int | float | str) else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found <= 1 else None


def _table(path: Path, data: bytes) -> tuple[str, str, str, Iterator[Row]]:
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path.name} is no table in UTF-8.") from error
    columns = set(rows[0] if rows else ())
    if missing := [name for name in QUESTIONS if name not in columns]:
        raise BadData(f"{path.name} has no column {missing[0]!r}, so it is none of aisev's.")
    if any(name not in columns for name in ANSWERS):
        raise BadData(
            f"{path.name} holds questions and no answers.",
            hint="aisev exports results as JSON; or add the columns `answer` and `score`.",
        )
    return (
        "",
        "",
        path.stem,
        (Row(row["ten_perspective"], row["text"], row["answer"], row["score"]) for row in rows),
    )


def _export(path: Path, data: bytes) -> tuple[str, str, str, Iterator[Row]]:
    try:
        value = cast("Mapping[str, object]", json.loads(data))
        perspectives = cast("list[dict[str, object]]", value["tenPerspectives"])
        rows = [
            Row(
                str(perspective["perspective"]),
                str(result["question"]),
                str(result["answer"] or ""),
                result["score"],
                by_people=str(result.get("category")).lower() in BY_PEOPLE,
            )
            for perspective in perspectives
            for result in cast("list[dict[str, object]]", perspective["results"])
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise BadData(f"{path.name} is no whole export of aisev.") from error
    names = [str(value.get(key) or "") for key in ("targetModelName", "judgeModelName")]
    task = str(value.get("evaluationName") or path.stem)
    return names[0], names[1], task, iter(rows)
