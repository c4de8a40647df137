"""The gateway on the command line."""

import typer

from corridor.gateway.commands import limits, services, suspensions

commands = typer.Typer(
    help="Services, routes, suspensions, limits and prices.", no_args_is_help=True
)
for part in (services, suspensions, limits):
    commands.add_typer(part.commands)
