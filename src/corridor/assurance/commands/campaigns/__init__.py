"""`corridor assurance campaign`: each part brings its own commands."""

import typer

from corridor.assurance.commands.campaigns import beginning, rounds, steps

commands = typer.Typer(
    help="Red-team campaigns: people and models attack one exact model, step by step, each step reviewed.",
    no_args_is_help=True,
)
for part in (beginning, steps, rounds):
    commands.add_typer(part.commands)
