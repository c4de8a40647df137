"""`corridor evaluate`: each part brings its own commands."""

import typer

from corridor.evaluation.commands import (
    deciding,
    drifting,
    evidence,
    exporting,
    gaps,
    imports,
    inspecting,
    judging,
    parity,
    reports,
    reproduce,
    runs,
    showing,
    suites,
)

commands = typer.Typer(
    help="What a model can do in each language, as signed evidence.", no_args_is_help=True
)
for part in (
    runs,
    deciding,
    evidence,
    showing,
    gaps,
    drifting,
    reports,
    reproduce,
    parity,
    imports,
    exporting,
    inspecting,
):
    commands.add_typer(part.commands)
commands.add_typer(suites.commands, name="suites")
commands.add_typer(judging.commands, name="judge")
