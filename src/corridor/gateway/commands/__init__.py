"""The gateway on the command line."""

import typer

from corridor.gateway.commands import services, suspensions

commands = typer.Typer(help="Services, routes and suspensions.", no_args_is_help=True)
for part in (services, suspensions):
    commands.add_typer(part.commands)
