"""`corridor assurance`: each part brings its own commands."""

import typer

from corridor.assurance.commands import tiers, trees

commands = typer.Typer(
    help="What the evidence adds up to: assurance trees, and the risk tiers of models.",
    no_args_is_help=True,
)
for part in (tiers,):
    commands.add_typer(part.commands)
commands.add_typer(trees.commands, name="tree")
