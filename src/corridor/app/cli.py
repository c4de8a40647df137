"""The `corridor` command."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from corridor import __version__
from corridor.app import node, serve_model
from corridor.app.assembly import open_node
from corridor.app.demo.command import demo
from corridor.app.logs import configure_logs
from corridor.app.settings import settings_at
from corridor.catalogue import commands as catalogue
from corridor.core.errors import CorridorError, Invalid
from corridor.drills import commands as drill
from corridor.edge.terminal import report_error, show_json
from corridor.evaluation import commands as evaluation
from corridor.federation import commands as partner
from corridor.gateway import commands as gateway

cli = typer.Typer(
    help="Build, test, share and serve AI with partners; stay up when a supplier goes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.add_typer(node.commands, name="node")
cli.add_typer(partner.commands, name="partner")
cli.add_typer(catalogue.commands, name="catalogue")
cli.add_typer(evaluation.commands, name="evaluation")
cli.add_typer(gateway.commands, name="gateway")
cli.add_typer(drill.commands, name="drill")


@cli.callback(invoke_without_command=True)
def begin(
    context: typer.Context,
    home: Annotated[Path, typer.Option(envvar="CORRIDOR_HOME", help="The node's folder.")] = Path(
        "corridor-node"
    ),
    verbose: Annotated[bool, typer.Option(help="Show events, and tracebacks of errors.")] = False,
    version: Annotated[bool, typer.Option(help="Print the version and end.")] = False,
) -> None:
    """Build, test, share and serve AI with partners; stay up when a supplier goes."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("Missing command.")
    configure_logs(verbose=verbose, as_json=False)
    context.obj = context.obj or (lambda: open_node(home))


cli.command("serve-model")(serve_model.serve_model)
cli.command("demo")(demo)


@cli.command("settings")
def settings(context: typer.Context) -> None:
    """Print every setting in force for the node in the folder, as JSON."""
    show_json(settings_at(node.home_of(context)).model_dump(mode="json"))


def main() -> None:
    """Run the command line; an expected failure is one line and a hint, not a traceback."""
    try:
        cli()
    except CorridorError as error:
        if "--verbose" in sys.argv:
            raise
        sys.exit(report_error(error))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        sys.exit(report_error(Invalid(f"{error.title}.{place}: {first['msg']}.")))
