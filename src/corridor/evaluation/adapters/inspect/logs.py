"""Inspect's logs (`.eval`, `.json`) as samples.

A log of our own tasks gives back what we know of each item; of any other task the language is the reader's
to say, and a score is read as Inspect reads it. What gives no sample is counted.
"""

import math
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.scorer import Score, value_to_float

from corridor.core.canonical import canonical, sha256
from corridor.evaluation.adapters.inspect.provider import OURS
from corridor.evaluation.adapters.inspect.scoring import SCORER, VERDICT
from corridor.evaluation.errors import BadData
from corridor.evaluation.records.imported import Imported, Stated
from corridor.evaluation.records.samples import Sample, Verdict

UNREADABLE = (
    zipfile.BadZipFile, OSError, ValueError, KeyError, EOFError, NotImplementedError, TypeError,
    AttributeError,
)  # fmt: skip
"""What Inspect's reader raises for a file that is cut, changed or none of its own."""


def read(path: Path, stated: Stated) -> Imported:
    """Read a log.

    Raises:
        BadData: if it is damaged, or nobody says the language of its items.
    """
    try:
        log = read_eval_log(str(path), resolve_attachments=True)
        data = path.read_bytes()
    except UNREADABLE as error:
        raise BadData(f"{path.name} is no whole log of Inspect: {error or type(error)}.") from error
    return imported(log, sha256(data), stated)


def imported(log: EvalLog, digest: str, stated: Stated) -> Imported:
    """Return a log's samples.

    Raises:
        BadData: if nobody says the language of its items.
    """
    reading = _Reading(log, stated, _data_digest(log.samples or ()))
    samples = tuple(reading.samples())
    asked = (log.eval.dataset.samples or 0) * (log.eval.config.epochs or 1)
    missing = max(0, asked - len(log.samples or ())) if log.eval.config.limit is None else 0
    if missing:
        reading.left_out["never asked"] = missing
    notes = [f"The run ended with the status {log.status!r}."] if log.status != "success" else []
    version = log.eval.packages.get("inspect_ai", "")
    return Imported(
        format="inspect",
        harness=f"inspect_ai {version}".strip(),
        task=log.eval.task,
        model=stated.model or log.eval.model,
        sha256=digest,
        samples=samples,
        whole=log.status == "success" and not reading.left_out,
        left_out=dict(reading.left_out),
        notes=tuple(notes),
        suite=stated.suite,
        parallel=stated.parallel or _are_ours(log.samples or ()),
    )


@dataclass(slots=True)
class _Reading:
    log: EvalLog
    stated: Stated
    data_sha256: str
    left_out: Counter[str] = field(default_factory=Counter[str])

    def samples(self) -> Iterator[Sample]:
        for sample in self.log.samples or ():
            found = self._score(sample)
            if isinstance(found, str):
                self.left_out[found] += 1
            else:
                yield self._sample(sample, *found)

    def _score(self, sample: EvalSample) -> "tuple[float, Verdict, str] | str":
        """Return a sample's score, verdict and scorer, or why it has none."""
        if sample.invalidation is not None:
            return "declared invalid by its maker"
        if sample.error is not None:
            return 0.0, "failed", self.stated.scorer or next(iter(sample.scores or {}), "none")
        name, score = _chosen(sample.scores or {}, self.stated.scorer)
        if score is None:
            return "without this score" if self.stated.scorer else "without a score"
        value = _value(score, self.stated.scorer)
        if value is None:
            return "with a score of several values"
        if math.isnan(value):
            return "declared unscored by its scorer"
        about = score.metadata or {}
        verdict = about.get(VERDICT)
        if verdict not in get_args(Verdict):
            verdict = _verdict(value, sample.output.completion)
        return value, cast("Verdict", verdict), str(about.get(SCORER) or f"inspect:{name}")

    def _sample(self, sample: EvalSample, value: float, verdict: Verdict, scorer: str) -> Sample:
        item = cast("dict[str, object]", sample.metadata.get("item") or {})
        language = str(sample.metadata.get("language") or self.stated.language)
        if not language:
            raise BadData(f"Nothing says in which language item {sample.id!r} is.")
        who = _ours(sample.output.metadata) or _ours(self.log.metadata)
        text = sample.output.completion
        usage = sample.output.usage
        cultural = item.get("cultural")
        return Sample(
            item=str(item.get("id") or sample.id),
            language=language,
            model=self.stated.model or str(who.get("model") or self.log.eval.model),
            model_sha256=str(who.get("model_sha256") or self.stated.model_sha256),
            provider=str(who.get("provider") or self.stated.provider or self._provider()),
            output_sha256=sha256(text.encode()) if verdict != "failed" else "",
            score=value,
            verdict=verdict,
            scorer=scorer,
            data_sha256=str(sample.metadata.get("data_sha256") or self.data_sha256),
            cluster=str(item.get("cluster") or ""),
            origin=str(item.get("origin") or "unknown"),
            cultural=cultural if isinstance(cultural, bool) else None,
            repeat=sample.epoch - 1,
            tokens_in=usage.input_tokens if usage else None,
            tokens_out=usage.output_tokens if usage else None,
            seconds=sample.output.time,
        )

    def _provider(self) -> str:
        return self.log.eval.model.partition("/")[0]


def _are_ours(samples: Sequence[EvalSample]) -> bool:
    """Tell whether items are named as in our own tasks, alike in every language."""
    about = (sample.metadata for sample in samples)
    return bool(samples) and all("data_sha256" in each and "item" in each for each in about)


def _ours(metadata: dict[str, object] | None) -> dict[str, object]:
    about = (metadata or {}).get(OURS)
    return cast("dict[str, object]", about) if isinstance(about, dict) else {}


def _chosen(scores: dict[str, Score], wanted: str) -> tuple[str, Score | None]:
    if wanted in scores:
        return wanted, scores[wanted]
    first = next(iter(scores.items()), ("", None))
    inside = first[1].value if first[1] is not None else None
    if wanted and not (isinstance(inside, dict) and wanted in inside):
        return wanted, None
    return (f"{first[0]}:{wanted}" if wanted else first[0]), first[1]


def _value(score: Score, wanted: str) -> float | None:
    value = score.value
    if isinstance(value, dict):
        value = value.get(wanted) if wanted else None
    if value is None or isinstance(value, list | dict):
        return None
    return value_to_float()(value)


def _verdict(value: float, text: str) -> Verdict:
    if value >= 1:
        return "right"  # whatever a task scores: a state it left, not always a text
    return "wrong" if text.strip() else "empty"


def _data_digest(samples: Sequence[EvalSample]) -> str:
    """Return the digest of what was asked, where the log does not name its data set's."""
    asked = {
        str(sample.id): [
            sample.input
            if isinstance(sample.input, str)
            else [[turn.role, turn.text] for turn in sample.input],
            sample.target,
            sample.choices,
        ]
        for sample in samples
    }
    return sha256(canonical([[name, asked[name]] for name in sorted(asked)]))
