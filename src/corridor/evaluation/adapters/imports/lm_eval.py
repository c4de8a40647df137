"""Logs of lm-evaluation-harness as samples: `samples_TASK_TIME.jsonl`, as `--log_samples` writes them.

A file is one task in one language, which the reader states. Model, version and the number of items are taken
from `results_TIME.json` beside it. An item is known by its place in the task (`doc_id`); that the same place
is the same item in two languages, as in MGSM and SIB-200, is for the reader to say.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from corridor.core.canonical import canonical, sha256
from corridor.evaluation.errors import BadData
from corridor.evaluation.records.imported import Imported, Stated
from corridor.evaluation.records.samples import Sample, Verdict

METRICS = ("exact_match", "acc", "acc_norm", "f1", "em")
"""Which metric is meant where a line has several and the reader says nothing."""
NEEDED = ("doc_id", "resps", "filter", "metrics", "doc_hash", "target_hash")

Json = Mapping[str, object]


def read(path: Path, stated: Stated) -> Imported:
    """Read a log.

    Raises:
        BadData: with the line that cannot be read; nothing is read of a file that was cut.
    """
    if not stated.language:
        raise BadData(
            f"Nothing in {path.name} says in which language it is.", hint="State it: --language."
        )
    data = path.read_bytes()
    lines = list(_lines(path.name, data))
    task, results = _task_of(path), _results_beside(path)
    model = stated.model or str(results.get("model_name") or "unknown")
    reading = _Reading(lines, stated, model)
    samples = tuple(reading.samples())
    expected = _expected(results, task)
    notes = list(reading.notes)
    if expected is None:
        notes.append("No results file beside it says how many items there were.")
    elif missing := expected - len(lines) // max(1, reading.filters):
        reading.left_out["not in the file"] = missing
    return Imported(
        format="lm-eval",
        harness=f"lm-eval {results.get('lm_eval_version') or 'of unknown version'}",
        task=task,
        model=model,
        sha256=sha256(data),
        samples=samples,
        whole=expected is not None and not reading.left_out,
        left_out=dict(reading.left_out),
        notes=tuple(notes),
        suite=stated.suite,
        parallel=stated.parallel,
        higher_is_better=_better(results, task, reading.metric),
    )


@dataclass(slots=True)
class _Reading:
    lines: Sequence[Json]
    stated: Stated
    model: str
    left_out: Counter[str] = field(default_factory=Counter[str])
    notes: list[str] = field(default_factory=list[str])
    filters: int = 1
    metric: str = ""
    """That of the last line that was read."""

    def samples(self) -> Iterator[Sample]:
        """Yield a sample for each item, in one reading of its answer."""
        names = list(dict.fromkeys(str(line["filter"]) for line in self.lines))
        self.filters = len(names)
        wanted = self.stated.filter or (names[0] if names else "")
        if len(names) > 1:
            others = ", ".join(name for name in names if name != wanted)
            self.notes.append(f"Answers as read by {wanted!r}; the file also has {others}.")
        lines = [line for line in self.lines if line["filter"] == wanted]
        digest = _data_digest(lines)
        for line in lines:
            self.metric = metric = self._metric(line)
            score = line.get(metric)
            if isinstance(score, bool | int | float) and math.isfinite(score):
                yield self._sample(line, metric, float(score), digest)
            else:
                self.left_out["without a value of this metric for one item"] += 1

    def _metric(self, line: Json) -> str:
        if self.stated.scorer:
            return self.stated.scorer
        names = [str(name) for name in cast("list[object]", line["metrics"])]
        return next((name for name in METRICS if name in names), names[0] if names else "")

    def _sample(self, line: Json, metric: str, score: float, digest: str) -> Sample:
        output, empty = _output(cast("list[object]", line["resps"]))
        verdict: Verdict = "right" if score >= 1 else "empty" if empty else "wrong"
        return Sample(
            item=str(line["doc_id"]),
            language=self.stated.language,
            model=self.model,
            model_sha256=self.stated.model_sha256,
            provider=self.stated.provider or "unknown",
            output_sha256=sha256(output),
            score=score,
            verdict=verdict,
            scorer=f"lm-eval:{metric},{line['filter']}",
            data_sha256=digest,
            metric="accuracy" if metric in METRICS else metric,
        )


def _lines(name: str, data: bytes) -> Iterator[Json]:
    if data and not data.endswith(b"\n"):
        raise BadData(f"{name} was cut: its last line does not end.")
    for number, line in enumerate(data.splitlines(), 1):
        try:
            value = cast("object", json.loads(line))
        except ValueError as error:
            raise BadData(f"{name}, line {number}: no JSON.") from error
        if not isinstance(value, dict):
            raise BadData(f"{name}, line {number}: no object.")
        found = cast("Json", value)
        if missing := [key for key in NEEDED if key not in found]:
            raise BadData(f"{name}, line {number}: there is no {missing[0]!r}.")
        yield found


def _output(responses: Sequence[object]) -> tuple[bytes, bool]:
    """Return what the model said as bytes, and whether that is nothing.

    A text is itself; likelihoods of options are their canonical JSON.
    """
    said = responses[0] if responses else ""
    if isinstance(said, list):
        said = next(iter(cast("list[object]", said)), "")
    if len(responses) == 1 and isinstance(said, str):
        return said.encode(), not said.strip()
    return canonical(responses), not responses


def _task_of(path: Path) -> str:
    return path.stem.removeprefix("samples_").rpartition("_")[0] or path.stem


def _results_beside(path: Path) -> Json:
    """Return the results of the same run: they have the same time in their name."""
    stamp = path.stem.rpartition("_")[2]
    beside = path.with_name(f"results_{stamp}.json")
    if not beside.exists():
        return {}
    try:
        value = cast("object", json.loads(beside.read_bytes()))
    except ValueError as error:
        raise BadData(f"{beside.name}: no JSON.") from error
    return cast("Json", value) if isinstance(value, dict) else {}


def _expected(results: Json, task: str) -> int | None:
    counts = cast("dict[str, dict[str, object]]", results.get("n-samples") or {})
    effective = counts.get(task, {}).get("effective")
    return effective if isinstance(effective, int) else None


def _better(results: Json, task: str, metric: str) -> bool | None:
    """Return whether more of a metric is better, as the results say; None where they do not."""
    ways = cast("dict[str, dict[str, object]]", results.get("higher_is_better") or {})
    way = ways.get(task, {}).get(metric)
    return way if isinstance(way, bool) else None


def _data_digest(lines: Sequence[Json]) -> str:
    asked = sorted([str(line["doc_id"]), line["doc_hash"], line["target_hash"]] for line in lines)
    return sha256(canonical(asked))
