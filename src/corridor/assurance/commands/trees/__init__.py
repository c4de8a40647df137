"""`corridor assurance tree`: each part brings its own commands."""

import typer

from corridor.assurance.commands.trees import (
    differing,
    drawing,
    evaluating,
    exchanging,
    reading,
    reviewing,
)

commands = typer.Typer(
    help="Assurance trees: what is claimed, and what the evidence shows of it.",
    no_args_is_help=True,
)
for part in (reading, evaluating, differing, drawing, exchanging, reviewing):
    commands.add_typer(part.commands)
