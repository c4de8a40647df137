"""Outcomes of real models, from files: a sample a line, or the full log of `corridor evaluate run`.

Of a sample only item, language, model, score and verdict are needed. A line with `log` says what follows.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.outcomes import Case
from corridor.core.errors import Invalid
from corridor.evaluation.records.samples import JUDGED, Sample

NAMES = [field.name for field in fields(Sample)]
NEEDED = ("item", "language", "model", "score", "verdict")
UNSAID: dict[str, Any] = dict.fromkeys(
    ("model_sha256", "provider", "output_sha256", "scorer", "data_sha256"), ""
)
Scores = Mapping[str, Mapping[str, float]]
"""By language and item; the first repeat."""


def suites_in(folders: Sequence[Path]) -> dict[str, list[Sample]]:
    """Read the samples of all files, by suite: the log's own, or the file's name to its first dot.

    Raises:
        Invalid: if a line is neither a sample nor a log's.
    """
    found: dict[str, list[Sample]] = {}
    for path in sorted(path for folder in folders for path in folder.glob("*.jsonl")):
        suite = path.name.partition(".")[0]
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            line: dict[str, Any] = json.loads(text)
            if "log" in line:
                suite = str(line["suite"])
                continue
            body = line.get("sample", line)
            if any(name not in body for name in NEEDED):
                raise Invalid(f"line {number} of {path} is no sample")
            said = {name: body[name] for name in NAMES if name in body}
            sample = Sample(**{**UNSAID, **said})
            found.setdefault(suite, []).append(sample)
    return found


def cases(samples: Sequence[Sample]) -> Iterator[tuple[str, Case]]:
    """Yield each model's gap to English in each language, with what the other models scored there."""
    scores = {model: _scores(samples, model) for model in dict.fromkeys(s.model for s in samples)}
    for model, mine in scores.items():
        english = next((each for each in mine if each.split("-")[0] == "en"), None)
        for language in (each for each in mine if english and each != english):
            first = mine[str(english)]
            items = [item for item in first if item in mine[language]]
            others = [
                [found[language].get(item, 0.5) for item in items]
                for other, found in scores.items()
                if other != model and language in found
            ]
            yield (
                f"{model}, {language}",
                Case(
                    np.array([first[item] for item in items]),
                    np.array([mine[language][item] for item in items]),
                    np.mean(others, axis=0) if others else None,
                ),
            )


def _scores(samples: Sequence[Sample], model: str) -> Scores:
    found: dict[str, dict[str, float]] = {}
    for sample in samples:
        if sample.model == model and sample.verdict in JUDGED:
            found.setdefault(sample.language, {}).setdefault(sample.item, sample.score)
    return found
