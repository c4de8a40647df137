"""`corridor assurance`: each part brings its own commands."""

import typer

from corridor.assurance.commands import tiers

commands = typer.Typer(
    help="What the evidence adds up to: the risk tiers of models.", no_args_is_help=True
)
for part in (tiers,):
    commands.add_typer(part.commands)
