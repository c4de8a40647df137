"""Logs of other harnesses on the command line."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.evaluation.commands.evidence import show_evidence
from corridor.evaluation.commands.safety_imports import import_safety
from corridor.evaluation.records import Endpoint, Evaluation, Measure
from corridor.evaluation.records.imported import Imported, Stated
from corridor.evaluation.rules.projection import digest_of, projection
from corridor.evaluation.service.imports import imported
from corridor.evaluation.service.publishing import Publishing
from corridor.evaluation.service.runs import Runs
from corridor.evaluation.service.safety_imports import safety_format

commands = typer.Typer()


@commands.command("import")
def import_log(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A log of a harness that we know.")],
    language: Annotated[str, typer.Option(help="Of items that do not say it: ta-Taml.")] = "",
    model: Annotated[str, typer.Option(help="Its name here, where the log has another.")] = "",
    model_sha256: Annotated[str, typer.Option(help="Of the model's file, if you know it.")] = "",
    provider: Annotated[str, typer.Option(help="Who answered, where the log does not say.")] = "",
    score: Annotated[str, typer.Option(help="Which one, where the log has several.")] = "",
    filter_name: Annotated[
        str, typer.Option("--filter", help="lm-eval: which reading of the answers.")
    ] = "",
    suite: Annotated[
        str, typer.Option(help="What it belongs to, where each language is a task of its own.")
    ] = "",
    parallel: Annotated[
        bool, typer.Option(help="State that an item's name means the same item in every language.")
    ] = False,
    aim: Annotated[
        Literal["", "refuse", "answer"],
        typer.Option(help="It is about safety: what should happen to its items."),
    ] = "",
    unsafe_at: Annotated[
        Literal["", "0", "1"], typer.Option(help="Which score says that an answer is unsafe.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option(help="Write the samples, as canonical JSON lines.")
    ] = None,
    publish: Annotated[
        bool, typer.Option(help="Sign it as evidence, in the name of this node.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read another harness's log: what it says by language, and what was left out.

    Nothing is signed or kept, unless that is asked for: then the answers must be of one model of the
    catalogue, by the digest that the log or --model-sha256 says, or by the name that --model says, and
    the harness with its version stands in the record. The digest that is shown is of the samples alone, and
    is the same for the same answers. Languages are compared with each other only with --parallel, for no log
    says that its item 7 is that of another language; our own tasks' logs do.

    Logs of Inspect, lm-eval and aisev are read; and as evidence of safety, reports of garak, PyRIT and promptfoo,
    and the others' logs where --aim and --unsafe-at say what their scores mean.

    Example: corridor evaluate import samples_mgsm_ja.jsonl --language ja-Jpan --model small --publish
    """
    stated = Stated(
        language=language,
        model=model,
        model_sha256=model_sha256,
        provider=provider,
        scorer=score,
        suite=suite,
        parallel=parallel,
        filter=filter_name,
        aim=aim,
        unsafe_at=unsafe_at,
    )
    if aim or safety_format(file) is not None:
        import_safety(runtime_of(context), file, stated, publish, as_json)
        return
    found = imported(file, stated)
    if to is not None:
        to.write_bytes(projection(found.samples))
    signed = published(runtime_of(context), found, model, provider) if publish else None
    if as_json:
        show_json(told(found, signed))
        return
    show(found)
    if signed is not None:
        show_evidence(signed, as_json)


def published(
    runtime: Runtime,
    found: Imported,
    model: str = "",
    provider: str = "",
    endpoint: Endpoint | None = None,
) -> list[Evaluation | Measure]:
    """Sign what follows from answers, and say of which languages nothing does."""
    runs = runtime.service(Runs)
    publishing = Publishing(runs.catalogue, runs.clock, runs.node, runs.folder / "logs")
    with runtime.store.transaction("evaluator") as tx:
        made = publishing.evidence(tx, found, model, provider, endpoint)
        signed = publishing.publish(tx, made)
    for each in made:
        if each.record is None:
            errors.print(f"No evidence in {each.language} ({each.n} items): {each.reason}.")
    return signed


def told(
    found: Imported, signed: Sequence[Evaluation | Measure] | None = None
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
        "samples_sha256": digest_of(found.samples),
        "whole": found.whole,
        "left_out": dict(found.left_out),
        "notes": list(found.notes),
        "languages": [dict(zip(COLUMNS, row, strict=True)) for row in rows_of(found)],
    }


COLUMNS = ("language", "n", "mean", "right", "wrong", "failed", "other")


def rows_of(found: Imported) -> list[tuple[str, ...]]:
    """Return what a log says, language by language."""
    rows: list[tuple[str, ...]] = []
    for language in dict.fromkeys(sample.language for sample in found.samples):
        samples = [sample for sample in found.samples if sample.language == language]
        verdicts = Counter(sample.verdict for sample in samples)
        judged = [sample.score for sample in samples if sample.verdict != "failed"]
        counts = [verdicts.pop(name, 0) for name in ("right", "wrong", "failed")]
        mean = f"{sum(judged) / len(judged):.3f}" if judged else "unknown"
        rows.append((language, str(len(judged)), mean, *map(str, counts), str(verdicts.total())))
    return rows


def show(found: Imported) -> None:
    """Print what was read, and what was left out."""
    show_table(f"{found.task} by {found.harness}: {found.model}", COLUMNS, rows_of(found))
    for reason, count in found.left_out.items():
        out.print(f"Left out: {count} {reason}.")
    for note in found.notes:
        out.print(note)
    if not found.whole:
        out.print("Not everything that was asked is here, as far as the log says.")
    out.print(f"Samples: {digest_of(found.samples)}")
