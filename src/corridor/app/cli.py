"""The `corridor` command. A part of it is taken in when that part is asked for, and not before."""

import gc
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from typer.core import TyperCommand, TyperGroup

from corridor import __version__
from corridor.app.taking_in import logs_taken_in, taken_in, undisturbed
from corridor.core.errors import CorridorError, Invalid

PARTS = {
    "verify": "corridor.app.verify:verify",
    "serve-model": "corridor.app.serve_model:serve_model",
    "demo": "corridor.app.demo.command:demo",
    "node": "corridor.app.node:commands",
    "log": "corridor.app.log:commands",
    "backup": "corridor.app.backup.commands:commands",
    "partner": "corridor.federation.commands:commands",
    "catalogue": "corridor.catalogue.commands:commands",
    "evaluate": "corridor.evaluation.commands:commands",
    "evaluation": "corridor.evaluation.commands:commands",
    "assurance": "corridor.assurance.commands:commands",
    "access": "corridor.access.commands:commands",
    "gateway": "corridor.app.workers.commands:commands",
    "supply-chain": "corridor.supply_chain.commands:commands",
    "drill": "corridor.drills.commands:commands",
}
"""Where each command and each group of commands is: module and name."""

LINES = {
    "serve-model": "Serve a packaged model as an OpenAI-compatible server, without a node, as a vendor would.",
    "demo": "Two nodes, two real models, one drill, on this machine; some minutes the first time.",
    "node": "Make, start and look at a node.",
    "log": "Look into the node's own log; prove its records.",
    "backup": "Make, verify and restore a backup of the node.",
    "partner": "Exchange records with partner nodes.",
    "catalogue": "Models, suppliers, organisations, and the providers that serve models.",
    "evaluate": "What a model can do in each language, as signed evidence.",
    "access": "Who may use what: ask, decide, explain, revoke, account.",
    "gateway": "Services, routes, guards, suspensions, limits and prices.",
    "supply-chain": "What services rest on, where that is thin, and what its loss would stop.",
    "drill": "Foretell what a loss leaves of each service, and rehearse it on the running node.",
    "assurance": "What the evidence adds up to: assurance trees, risk tiers, red-team campaigns and what they find.",
}
"""What the help says of parts that are large, so that it can be read without taking them in."""

WITHIN = {
    "evaluate": {"tier": "corridor.assurance.commands.tiers:tier"},
    "assurance": {
        "lower": "corridor.access.commands.lowerings:lower",
        "confirm": "corridor.access.commands.lowerings:confirm",
        "lowerings": "corridor.access.commands.lowerings:lowerings",
        "report-request": "corridor.access.commands.incidents:report_request",
        "report-line": "corridor.access.commands.incidents:report_line",
    },
}
"""Commands of a higher package that are looked for in the group of a lower one."""

ALIASES = frozenset({"evaluation"})
"""Earlier names of commands, which go on working and are not shown."""

GARBAGE = 100_000
"""So many objects more than there were before somebody looks for garbage: most of what a command makes is what it
takes in, which is none."""

WITHOUT_NODE = frozenset({"verify"})
"""Commands that log no events, for they touch no node."""


class Parts(MutableMapping[str, Any]):
    """Commands by name; those of `PARTS` are taken in when somebody looks at them."""

    def __init__(self, present: MutableMapping[str, Any]) -> None:
        self._present = dict(present)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  Typer's command classes are not public
        if name not in self._present:
            self._present[name] = _taken_in(name, PARTS[name])
        return self._present[name]

    def __setitem__(self, name: str, command: object) -> None:
        self._present[name] = command

    def __delitem__(self, name: str) -> None:
        del self._present[name]

    def __contains__(self, name: object) -> bool:
        return name in self._present or name in PARTS

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*PARTS, *self._present)))

    def __len__(self) -> int:
        return len(list(iter(self)))


class Root(TyperGroup):
    """The command itself, which knows its parts by name only."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  they are Typer's
        super().__init__(**attributes)
        self.commands = Parts(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  Typer's, not public
        """Show what there is; a part of `LINES` is not taken in for that."""
        shown: dict[str, Any] = {
            name: TyperCommand(name, help=LINES[name]) if name in LINES else self.commands[name]
            for name in self.commands
            if name not in ALIASES
        }
        TyperGroup(name=self.name, commands=shown).format_commands(ctx, formatter)


def _taken_in(name: str, place: str) -> Any:  # noqa: ANN401  Typer's command classes are not public
    if name not in WITHOUT_NODE:
        logs_taken_in()
    part = taken_in(place)
    for command, where in WITHIN.get(name, {}).items():
        part.command(command)(taken_in(where))
    holder = typer.Typer(rich_markup_mode=None, add_completion=False)
    holder.callback()(lambda: None)
    if isinstance(part, typer.Typer):
        holder.add_typer(part, name=name)
    else:
        holder.command(name)(part)
    group: Any = typer.main.get_command(holder)
    command = group.commands[name]
    command.hidden = name in ALIASES
    return command


cli = typer.Typer(
    cls=Root,
    help="Build, test, share and serve AI with partners; stay up when a supplier goes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
    if context.invoked_subcommand in WITHOUT_NODE:
        return
    # Only here, and in the functions below: a command that needs no node starts without all this.
    from corridor.app.logs import configure_logs

    configure_logs(verbose=verbose, as_json=False)
    context.obj = context.obj or (lambda: _opened(home))


def _opened(home: Path) -> object:
    with undisturbed():
        from corridor.app.assembly import open_node

        return open_node(home)


@cli.command("settings")
def settings(context: typer.Context) -> None:
    """Print every setting in force for the node in the folder, as JSON."""
    from corridor.app.node import home_of
    from corridor.app.settings import settings_at
    from corridor.edge.terminal import show_json

    show_json(settings_at(home_of(context)).model_dump(mode="json"))


def main() -> None:
    """Run the command line; an expected failure is one line and a hint, not a traceback."""
    gc.set_threshold(GARBAGE)
    try:
        cli()
    except CorridorError as error:
        if "--verbose" in sys.argv:
            raise
        sys.exit(_reported(error))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        sys.exit(_reported(Invalid(f"{error.title}.{place}: {first['msg']}.")))
    finally:
        gc.freeze()  # the process ends: nobody need look through all that it took in once more


def _reported(error: CorridorError) -> int:
    from corridor.edge.terminal import report_error

    return report_error(error)
