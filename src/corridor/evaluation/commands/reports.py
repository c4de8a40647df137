"""`corridor evaluate report`: the evidence as a page, as data and as pictures."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json
from corridor.evaluation.commands.gaps import all_readings
from corridor.evaluation.commands.safety import newest_safety
from corridor.evaluation.service.comparing import gaps_of
from corridor.evaluation.service.reading import NothingToRead, Reading

commands = typer.Typer()


@commands.command("report")
def report(
    context: typer.Context,
    model: Annotated[
        list[str] | None, typer.Option(help="Only this model; may be repeated.")
    ] = None,
    suite: Annotated[
        list[str] | None, typer.Option(help="Only this suite; may be repeated.")
    ] = None,
    folder: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path(
        "evaluation-report"
    ),
    items: Annotated[
        int, typer.Option(min=0, help="Most answers a language that the page shows; 0 for none.")
    ] = 50,
    as_json: AsJson = False,
) -> None:
    """Write report.html, report.json and the pictures of the newest evidence.

    The page shows prompts and answers: whoever gets it may read them. With --items 0 it has none; those of
    safety it never has.

    Example: corridor evaluate report --suite sib-200 -o report
    """
    # Only here: drawing takes half a second to load, and most commands draw nothing.
    from corridor.evaluation.adapters.report.page import Chapter, Safety, write

    runtime = runtime_of(context)
    chosen = _newest(
        [
            each
            for each in all_readings(runtime)
            if (not model or each.model in model) and (not suite or each.suite in suite)
        ]
    )
    safety = [
        Safety(each.record, f"{each.entry.issuer}, entry {each.entry.position}")
        for each in newest_safety(runtime)
        if (not model or each.record.model in model) and (not suite or each.record.suite in suite)
    ]
    if not chosen and not safety:
        raise NothingToRead("There is no such evidence.")
    chapters = [
        Chapter(
            model=each.model,
            model_sha256=each.model_sha256,
            suite=each.suite,
            method=each.method,
            metric=each.metric,
            records={tag: kept.record for tag, kept in each.kept.items()},
            places={
                tag: f"{kept.entry.issuer}, entry {kept.entry.position}"
                for tag, kept in each.kept.items()
            },
            summary=found.summary,
            caution=found.caution,
            lines=each.lines,
        )
        for each in chosen
        for found in (gaps_of(each),)
    ]
    page = write(chapters, runtime.identity.name, folder, items, safety)
    if as_json:
        show_json({"page": str(page), "chapters": len(chapters)})
        return
    out.print(f"{page} is written.", highlight=False)


def _newest(found: list[Reading]) -> list[Reading]:
    """Return one reading for each model's file, suite and metric: the newest way of asking."""
    return list({(e.model_sha256, e.suite, e.metric): e for e in reversed(found)}.values())
