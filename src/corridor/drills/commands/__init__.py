"""`corridor drill`: each part brings its own commands."""

import typer

from corridor.drills.commands import results, run

commands = typer.Typer(
    help="Rehearse the loss of a supplier on the running node.", no_args_is_help=True
)
for part in (run, results):
    commands.add_typer(part.commands)

__all__ = ["commands"]
