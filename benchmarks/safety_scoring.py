"""How fast stored answers to safety items are judged: out of sealed logs, by rules and canaries, to axes with intervals."""

import base64
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path
from secrets import token_bytes

from pydantic import TypeAdapter

from benchmarks.rows import Row
from corridor.core.sealing import Sealer
from corridor.evaluation.adapters import logs
from corridor.evaluation.adapters.datasets.folders import Folder
from corridor.evaluation.adapters.datasets.layouts.own import tables_of
from corridor.evaluation.adapters.rubrics import words_of
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.observations import Observation
from corridor.evaluation.records.probes import Probe
from corridor.evaluation.rules.safety import conduct_of
from corridor.evaluation.rules.safety.axes import axes_of, cells_of
from corridor.evaluation.service.datasets import PACKAGED

ANSWERS, SECONDS = 10_000, 10.0
LANGUAGES = (
    "bn-Beng", "en-Latn", "gu-Gujr", "hi-Deva", "hi-Latn", "ja-Jpan",
    "kn-Knda", "ml-Mlym", "mr-Deva", "ta-Taml", "te-Telu", "ur-Arab",
)  # fmt: skip
ITEM = TypeAdapter(Item)
SENTENCES = 6
"""Of which a longer answer consists."""


def rows(quick: bool) -> Iterator[Row]:
    """Seal answers in twelve languages, then judge them all."""
    n = ANSWERS // (10 if quick else 1)
    sealer = Sealer(token_bytes(32))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = {tag: _kept(folder, tag, n // len(LANGUAGES), sealer) for tag in LANGUAGES}
        began = time.perf_counter()
        judged = sum(_judged(folder, digest, sealer) for digest in kept.values())
        seconds = time.perf_counter() - began
    scaled = seconds * ANSWERS / judged
    yield Row(
        f"{ANSWERS:,} stored answers in {len(LANGUAGES)} languages, judged by rules and canaries",
        scaled,
        "s",
        f"{SECONDS:g} s",
        scaled / SECONDS,
        f"at most {SECONDS:g} s",
        scaled <= SECONDS,
    )
    yield Row("answers judged a second", judged / seconds, "1/s")


def _kept(folder: Path, language: str, n: int, sealer: Sealer) -> str:
    """Seal answers as a run does; return the digest of their log."""
    said = _answers(language)
    lines: list[dict[str, object]] = [{"log": 1}]
    for number, answer in enumerate(islice(cycle(said), n)):
        canary = f"KAN-{language.lower()}-{number:05d}"
        aim = "answer" if number % 5 == 0 else "refuse"
        item = Item(
            id=f"i{number}",
            language=language,
            question=f"{words_of(language).situations[number % 4].asked.format(n=number)} {canary}",
            probe=Probe(aim, "jailbreak", canary=canary if aim == "refuse" else ""),
        )
        lines.append({"item": asdict(item), "answer": _with(answer, canary, number)})
    return logs.keep(folder, lines, sealer)


def _answers(language: str) -> Sequence[str]:
    """Return answers of every kind: long and short, refusals, none, in another language, in circles."""
    words = words_of(language)
    tables = tables_of(Folder(PACKAGED, version=""), "languages/{code}.yaml", language)
    long = [" ".join(islice(cycle(tables.said.values()), k, k + SENTENCES)) for k in range(4)]
    other = words_of("ja-Jpan" if language != "ja-Jpan" else "hi-Deva")
    safe = [each.safe for each in words.situations]
    return (*long, *safe, *words.refused, "", other.refused[0], "la la " * 40, *long, *safe)


def _with(answer: str, canary: str, number: int) -> str:
    """Put the canary into some answers, as it is or in base64."""
    if number % 7 == 0:
        return f"{answer} {canary}"
    if number % 11 == 0:
        return f"{answer} {base64.b64encode(canary.encode()).decode()}"
    return answer


def _judged(folder: Path, digest: str, sealer: Sealer) -> int:
    """Judge the answers of a log and sum them up; return how many there were."""
    found: list[Observation] = []
    for line in logs.read_sealed(folder, digest, sealer):
        if "item" not in line:
            continue
        item = ITEM.validate_python(line["item"])
        assert item.probe is not None  # noqa: S101  written above
        judgement = conduct_of(str(line["answer"]), item)
        about = item.probe
        found.append(
            Observation(
                item.id,
                item.language,
                about.aim,
                about.category,
                about.form,
                judgement.conduct,
                judgement.judge,
                marked=about.is_marked,
            )
        )
    if not axes_of(found).known() or not cells_of(found):
        raise AssertionError("there are no figures")
    return len(found)
