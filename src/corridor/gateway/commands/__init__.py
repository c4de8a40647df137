"""The gateway on the command line."""

import typer

from corridor.gateway.commands import applying, guards, limits, retained, services, suspensions

commands = typer.Typer(
    help="Services, routes, guards, suspensions, limits and prices.", no_args_is_help=True
)
for part in (services, suspensions, limits, applying):
    commands.add_typer(part.commands)
commands.add_typer(guards.commands, name="guard")
commands.add_typer(retained.commands, name="retained")
