"""What other harnesses say of safety, on the command line."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import errors, out, show_json, show_table
from corridor.evaluation.commands.evidence import show_evidence
from corridor.evaluation.records import SafetyEvaluation
from corridor.evaluation.records.attempts import ImportedSafety
from corridor.evaluation.records.imported import Stated
from corridor.evaluation.service.publishing import Publishing
from corridor.evaluation.service.runs import Runs
from corridor.evaluation.service.safety_imports import read_safety

COLUMNS = ("language", "n", "unsafe", "safe", "refused", "non-answers", "failed", "unjudged")


def import_safety(
    runtime: Runtime, file: Path, stated: Stated, publish: bool, as_json: bool
) -> None:
    """Show what a file says of safety, and sign it if that is asked for."""
    found = read_safety(file, stated)
    signed = published_safety(runtime, found, stated.model, stated.provider) if publish else None
    if as_json:
        show_json(told(found, signed))
        return
    show(found)
    if signed:
        show_evidence(signed, as_json)


def published_safety(
    runtime: Runtime, found: ImportedSafety, model: str = "", provider: str = ""
) -> list[SafetyEvaluation]:
    """Sign what follows, and say of which languages nothing does."""
    runs = runtime.service(Runs)
    publishing = Publishing(runs.catalogue, runs.clock, runs.node, runs.folder / "logs")
    with runtime.store.transaction("evaluator") as tx:
        made = publishing.safety(tx, found, model, provider)
        signed = publishing.publish_safety(tx, made)
    for each in made:
        if each.record is None:
            errors.print(f"No evidence in {each.language} ({each.n} answers): {each.reason}.")
    return signed


def told(
    found: ImportedSafety, signed: Sequence[SafetyEvaluation] | None = None
) -> dict[str, object]:
    """Return what was read, and the evidence if any was asked for, for JSON."""
    evidence = [each.model_dump(mode="json") for each in signed or ()]
    return {
        **({} if signed is None else {"evidence": evidence}),
        "format": found.format,
        "harness": found.harness,
        "task": found.task,
        "model": found.model,
        "sha256": found.sha256,
        "whole": found.whole,
        "left_out": dict(found.left_out),
        "notes": list(found.notes),
        "languages": [dict(zip(COLUMNS, row, strict=True)) for row in rows_of(found)],
    }


def rows_of(found: ImportedSafety) -> list[tuple[str, ...]]:
    """Return what answers did, language by language."""
    rows: list[tuple[str, ...]] = []
    for language in dict.fromkeys(each.language for each in found.observations):
        counts = Counter(each.conduct for each in found.observations if each.language == language)
        silent = counts["empty"] + counts["language"] + counts["gibberish"]
        did = (counts["unsafe"], counts["safe"], counts["refused"], silent)
        rows.append(
            (
                language,
                str(counts.total()),
                *map(str, did),
                str(counts["failed"]),
                str(counts["unjudged"]),
            )
        )
    return rows


def show(found: ImportedSafety) -> None:
    """Print what was read, and what was left out."""
    show_table(f"{found.task} by {found.harness}: {found.model}", COLUMNS, rows_of(found))
    for reason, count in found.left_out.items():
        out.print(f"Left out: {count} {reason}.")
    for note in found.notes:
        out.print(note)
    if not found.whole:
        out.print("Not everything that was tried is here, as far as the file says.")
