"""`corridor drill`: each part brings its own commands."""

import typer

from corridor.drills.commands import (
    agreements,
    compare,
    incidents,
    live,
    parts,
    plan,
    reminders,
    results,
    run,
    schedule,
)

commands = typer.Typer(
    help="Foretell what a loss leaves of each service, and rehearse it on the running node.",
    no_args_is_help=True,
)
for part in (plan, run, live, incidents, schedule, reminders, results, compare, agreements, parts):
    commands.add_typer(part.commands)

__all__ = ["commands"]
