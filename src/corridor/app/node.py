"""`corridor node`: make, start and look at a node."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from corridor.app.home import Home
from corridor.app.logs import configure_logs
from corridor.app.serve import serve
from corridor.app.settings import NodeSettings, settings_at
from corridor.app.status import partners_of, status_of_node
from corridor.core.checkpoints import verifier_key
from corridor.core.errors import Invalid
from corridor.core.signing import Signer
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer(help="Make, start and look at a node.", no_args_is_help=True)


def home_of(context: typer.Context) -> Path:
    """Return the node's folder that the command line names."""
    return Path(str(context.find_root().params["home"]))


@commands.command()
def init(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="Its name for good: small letters, digits, . and -.")],
    port: Annotated[int, typer.Option(help="Where it listens.")] = 8800,
    host: Annotated[str, typer.Option(help="The address it listens on.")] = "127.0.0.1",
) -> None:
    """Make a node in a folder: its key, its settings, its store.

    Example: corridor --home var/in node init --name in --port 8801
    """
    try:
        NodeSettings(name=name, host=host, port=port)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"The node's {first['loc'][0]} is wrong: {first['msg']}.") from error
    home = Home(home_of(context))
    home.create(name, host, port)
    runtime = runtime_of(context)
    out.print(f"Node {name} is in {home.path}. Its fingerprint, to read out to partners:")
    out.print(runtime.identity.signer.public.fingerprint, highlight=False)


@commands.command()
def start(context: typer.Context) -> None:
    """Serve the node until Ctrl-C. Example: corridor --home var/in node start."""
    configure_logs(verbose=True, as_json=True)
    runtime = runtime_of(context)
    node = settings_at(runtime.home).node
    serve(runtime, node.host, node.port)


@commands.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show who the node is, whether it runs, its log and its partners."""
    runtime = runtime_of(context)
    pid = Home(runtime.home).pid()
    with runtime.store.view() as view:
        state, partners = status_of_node(runtime, view), partners_of(runtime, view)
    if as_json:
        show_json(
            {
                **state.model_dump(),
                "pid": pid,
                "partner_status": [partner.model_dump(mode="json") for partner in partners],
            }
        )
        return
    running = f"runs as process {pid}" if pid else "does not run"
    out.print(f"Node {state.name} at {state.address} {running}.")
    out.print(f"Fingerprint {state.fingerprint}", highlight=False)
    out.print(f"Log of {state.log_size} records, root {state.log_root[:16]}…", highlight=False)
    show_table(
        "Partners",
        ("name", "address", "records", "last success", "last error"),
        [
            (p.name, p.url, p.records_known, _moment(p.last_success), p.last_error or "none")
            for p in partners
        ],
    )


def _moment(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


@commands.command()
def fingerprint(context: typer.Context) -> None:
    """Print the node's fingerprint alone, to be compared by people."""
    key = Signer.load(Home(home_of(context)).key).public
    out.print(key.fingerprint, highlight=False)


@commands.command("verifier-key")
def show_verifier_key(context: typer.Context) -> None:
    """Print the key of the node's log as verifiers of signed notes want it (C2SP).

    Example: corridor --home var/in node verifier-key > in.vkey
    """
    identity = runtime_of(context).identity
    out.print(verifier_key(identity.name, identity.signer.public), highlight=False)
