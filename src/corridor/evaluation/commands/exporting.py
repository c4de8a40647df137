"""`corridor evaluate export`: the full log of evidence in the form of another tool."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.core.errors import Invalid
from corridor.edge.terminal import out, runtime_of
from corridor.evaluation.service.exporting import export
from corridor.evaluation.service.runs import Runs

commands = typer.Typer()
ENDINGS = (".eval", ".json")


@commands.command("export")
def export_log(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="The id of evidence, or its beginning.")],
    to: Annotated[Path, typer.Argument(help="A file that is not there yet: .eval or .json.")],
) -> None:
    """Write the full log of evidence as a log of Inspect, for `inspect view`; needs the extra `evaluation`.

    Every prompt and answer is in it. Logs of safety suites are sealed, and are not written.

    Example: corridor evaluate export 5f2c81 logs/hindi.eval
    """
    if to.suffix not in ENDINGS:
        raise Invalid(f"{to.name} ends in neither {' nor '.join(ENDINGS)}.")
    if to.exists():
        raise Invalid(f"{to} is there already.", hint="Name another file.")
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        answers = export(runtime.service(Runs), view, record, to)
    out.print(
        f"{to} has {answers} answers; `inspect view --log-dir {to.parent}` opens it.",
        highlight=False,
    )
