"""`corridor evaluate report`: the evidence as a page, as data and as pictures."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json
from corridor.evaluation.commands.gaps import all_readings
from corridor.evaluation.service.evidence import Evaluator

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
    from corridor.evaluation.service.reporting import chosen_of, write

    runtime = runtime_of(context)
    with runtime.store.view() as view:
        safety = runtime.service(Evaluator).safety(view)
    chapters, safe = chosen_of(all_readings(runtime), safety, model or (), suite or ())
    page = write(chapters, runtime.identity.name, folder, items, safe)
    if as_json:
        show_json({"page": str(page), "chapters": len(chapters)})
        return
    out.print(f"{page} is written.", highlight=False)
