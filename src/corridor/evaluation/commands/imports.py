"""Logs of other harnesses on the command line."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, show_json, show_table
from corridor.evaluation.records.imported import Imported, Stated
from corridor.evaluation.rules.projection import digest_of, projection
from corridor.evaluation.service.imports import imported

commands = typer.Typer()


@commands.command("import")
def import_log(
    file: Annotated[Path, typer.Argument(help="A log of Inspect, lm-eval or aisev.")],
    language: Annotated[str, typer.Option(help="Of items that do not say it: ta-Taml.")] = "",
    model: Annotated[str, typer.Option(help="Its name here, where the log has another.")] = "",
    model_sha256: Annotated[str, typer.Option(help="Of the model's file, if you know it.")] = "",
    provider: Annotated[str, typer.Option(help="Who answered, where the log does not say.")] = "",
    score: Annotated[str, typer.Option(help="Which one, where the log has several.")] = "",
    filter_name: Annotated[
        str, typer.Option("--filter", help="lm-eval: which reading of the answers.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option(help="Write the samples, as canonical JSON lines.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read another harness's log: what it says by language, and what was left out.

    Nothing is signed or kept; the digest is of the samples alone, and is the same for the same answers.

    Example: corridor evaluate import samples_mgsm_ja.jsonl --language ja-Jpan --to ja.jsonl
    """
    stated = Stated(language, model, model_sha256, provider, score, filter_name)
    found = imported(file, stated)
    if to is not None:
        to.write_bytes(projection(found.samples))
    if as_json:
        show_json(_told(found))
    else:
        _show(found)


def _told(found: Imported) -> dict[str, object]:
    return {
        "format": found.format,
        "harness": found.harness,
        "task": found.task,
        "model": found.model,
        "sha256": found.sha256,
        "samples_sha256": digest_of(found.samples),
        "whole": found.whole,
        "left_out": dict(found.left_out),
        "notes": list(found.notes),
        "languages": [dict(zip(COLUMNS, row, strict=True)) for row in _rows(found)],
    }


COLUMNS = ("language", "n", "mean", "right", "wrong", "failed", "other")


def _rows(found: Imported) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for language in dict.fromkeys(sample.language for sample in found.samples):
        samples = [sample for sample in found.samples if sample.language == language]
        verdicts = Counter(sample.verdict for sample in samples)
        judged = [sample.score for sample in samples if sample.verdict != "failed"]
        counts = [verdicts.pop(name, 0) for name in ("right", "wrong", "failed")]
        mean = f"{sum(judged) / len(judged):.3f}" if judged else "unknown"
        rows.append((language, str(len(judged)), mean, *map(str, counts), str(verdicts.total())))
    return rows


def _show(found: Imported) -> None:
    show_table(f"{found.task} by {found.harness}: {found.model}", COLUMNS, _rows(found))
    for reason, count in found.left_out.items():
        out.print(f"Left out: {count} {reason}.")
    for note in found.notes:
        out.print(note)
    if not found.whole:
        out.print("Not everything that was asked is here, as far as the log says.")
    out.print(f"Samples: {digest_of(found.samples)}")
