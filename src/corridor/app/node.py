"""`corridor node`: make, start and look at a node."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from corridor.app.assembly import open_as
from corridor.app.beginning import check_beginning
from corridor.app.home import Home
from corridor.app.keys import KeyFiles, finish_change, recover, rotate
from corridor.app.logs import configure_logs
from corridor.app.serve import serve
from corridor.app.settings import NodeSettings, settings_at
from corridor.app.upgrade import upgrade
from corridor.core.checkpoints import verifier_key
from corridor.core.clock import wall_clock
from corridor.core.errors import Invalid
from corridor.core.signing import PublicKey, Signer
from corridor.edge.terminal import AsJson, out, runtime_of, show_json

if TYPE_CHECKING:
    from corridor.federation import WitnessStatus

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
    with runtime.store.view() as view:
        check_beginning(Home(runtime.home), view)
    node = settings_at(runtime.home).node
    serve(runtime, node.host, node.port)


@commands.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show who the node is, whether it runs, its log and its partners."""
    # Only here: a node that is served shows none of this in a terminal.
    from corridor.app.status import partners_of, status_of_node, witnesses_of
    from corridor.federation.commands import show_partners

    runtime = runtime_of(context)
    pid = Home(runtime.home).pid()
    with runtime.store.view() as view:
        state, partners = status_of_node(runtime, view), partners_of(runtime, view)
        witnessed = witnesses_of(runtime, view)
    if as_json:
        show_json(
            {
                **state.model_dump(mode="json"),
                "pid": pid,
                "witnesses": [each.model_dump(mode="json") for each in witnessed.witnesses],
                "partner_status": [partner.model_dump(mode="json") for partner in partners],
            }
        )
        return
    running = f"runs as process {pid}" if pid else "does not run"
    out.print(f"Node {state.name} at {state.address} {running}.")
    since = f" since {state.key_since:%Y-%m-%d}" if state.key_since else ""
    out.print(f"Fingerprint {state.fingerprint}{since}", highlight=False)
    out.print(f"Log of {state.log_size} records, root {state.log_root[:16]}…", highlight=False)
    out.print(f"Settled up to {_settled(witnessed)}", highlight=False)
    if state.held:
        out.print(f"The log is held: {state.held}", highlight=False)
    show_partners(partners)


def _settled(witnessed: "WitnessStatus") -> str:
    """Say how far the log is cosigned, and by whom."""
    by = ", ".join(each.name for each in witnessed.witnesses if each.size) or "nobody yet"
    size = witnessed.settled_size
    settled = "nothing yet" if size is None else f"{size} records"
    return f"{settled}, by a quorum of {witnessed.quorum}; cosigned by {by}."


@commands.command("rotate-key")
def rotate_key(
    context: typer.Context,
    keep_old: Annotated[
        Path | None, typer.Option(help="Keep the old key in this file; else it is destroyed.")
    ] = None,
) -> None:
    """Change the node's key while it does not run; the old key announces the new one to partners.

    Example: corridor --home var/in node rotate-key
    """
    runtime = runtime_of(context)
    record = rotate(runtime, keep_old)
    _say_new_key(record.rotation.new, record.rotation.position)
    out.print("Start the node again: partners follow within one round of the exchange.")


@commands.command("recover-key")
def recover_key(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="The node's name, to be sure which one is meant.")],
) -> None:
    """Give the node a new key after the old one was lost; each partner has to confirm it.

    Example: corridor --home var/in node recover-key --name in
    """
    home = Home(home_of(context))
    known = settings_at(home.path).node.name
    if name != known:
        raise Invalid(f"The node in {home.path} is {known}, not {name}.")
    if finish_change(KeyFiles(home), lambda signer: open_as(home.path, signer)):
        out.print("A change of the key that was cut off is finished now. Its fingerprint:")
        out.print(Signer.load(home.key).public.fingerprint, highlight=False)
        return
    record = recover(home, lambda signer: open_as(home.path, signer))
    _say_new_key(record.recovery.new, record.recovery.position)
    out.print(
        "Start the node again, and read the fingerprint out to the operator of each partner; "
        "until they run\n"
        f"corridor partner recover {name} FINGERPRINT\n"
        "their nodes refuse this one.",
        highlight=False,
    )


def _say_new_key(key: str, position: int) -> None:
    out.print(f"A new key signs the log from position {position} on. Its fingerprint:")
    out.print(PublicKey.from_hex(key).fingerprint, highlight=False)


@commands.command("upgrade")
def upgrade_store(context: typer.Context, as_json: AsJson = False) -> None:
    """Bring the store of an older Corridor up to date; the node must not run.

    There is no way back: make a backup before.

    Example: corridor --home var/in node upgrade
    """
    done = upgrade(Home(home_of(context)), wall_clock)
    if as_json:
        show_json({**done.model_dump(), "steps": done.steps})
    elif done.steps:
        out.print(f"These steps were run: {', '.join(done.steps)}.", highlight=False)
    else:
        out.print("The store is up to date.")


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
