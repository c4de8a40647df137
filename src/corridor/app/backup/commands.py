"""`corridor backup`: make, verify and restore a backup of a node."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from corridor.app.backup.checking import check
from corridor.app.backup.making import create as made
from corridor.app.backup.restoring import restore as restored
from corridor.app.home import Home
from corridor.core.clock import wall_clock
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json
from corridor.federation import LogRecovery

commands = typer.Typer(help="Make, verify and restore a backup of the node.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", dir_okay=False)]


@commands.command()
def create(
    context: typer.Context,
    file: File,
    with_key: Annotated[
        bool,
        typer.Option(
            "--with-key", help="Put the node's private key into it, and what opens sealed texts."
        ),
    ] = False,
) -> None:
    """Write all that the node keeps into one file, while it runs or not.

    The file can be read by you alone: it holds records that no partner may see.

    Example: corridor --home var/in backup create in.backup
    """
    runtime = runtime_of(context)
    with _progress("Writing") as told:
        manifest = made(runtime, file, with_key=with_key, told=told)
    rows = sum(table.rows for table in manifest.tables)
    beside = manifest.texts.files if manifest.texts else 0
    out.print(
        f"{rows} rows and {beside} full logs, sealed texts and economies of {manifest.node} are in {file}.",
        highlight=False,
        markup=False,
    )
    if with_key:
        errors.print(
            f"{file} holds the node's private key: whoever has it can sign as {manifest.node}.",
            highlight=False,
            markup=False,
        )
    else:
        out.print("The node's key is not: keep a copy of key.pem elsewhere.", highlight=False)
        if manifest.safety_sha256 is not None:
            out.print(
                "Nor is what opens sealed texts: keep a copy of safety.secret with it.",
                highlight=False,
            )


@commands.command()
def verify(file: File, as_json: AsJson = False) -> None:
    """Say what is good in a backup and what is not; no node is needed.

    Example: corridor backup verify in.backup
    """
    with _progress("Verifying") as told:
        found = check(file, told)
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        for line in found.good:
            out.print(f"good  {line}", highlight=False, markup=False)
        for line in found.bad:
            errors.print(f"BAD   {line}", highlight=False, markup=False)
        if found.is_good:
            out.print("Compare the fingerprint: the file itself cannot vouch for it.")
    raise typer.Exit(0 if found.is_good else 2)


@commands.command()
def restore(
    context: typer.Context,
    file: File,
    key: Annotated[
        Path | None, typer.Option(help="The node's private key, if the backup does not hold it.")
    ] = None,
    safety_secret: Annotated[
        Path | None, typer.Option(help="What opens sealed texts, if the backup does not hold it.")
    ] = None,
) -> None:
    """Make the node of a backup anew in an empty folder, and an empty database.

    Example: corridor --home var/in-again backup restore in.backup --key key.pem
    """
    home = Home(Path(str(context.find_root().params["home"])))
    with _progress("Restoring") as told:
        found = restored(file, home, key, wall_clock, told, safety=safety_secret)
    manifest = found.manifest
    made_at = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
    out.print(
        f"Node {manifest.node} is in the folder {home.path}, as it was at {made_at}.",
        highlight=False,
    )
    if found.steps:
        out.print(
            f"Corridor {manifest.corridor} made the backup; its tables were brought up to date: "
            f"{', '.join(found.steps)}.",
            highlight=False,
        )
    if not found.opens:
        errors.print(
            "What is sealed cannot be opened: put a copy of safety.secret into the folder, "
            "or restore again with --safety-secret.",
            highlight=False,
        )
    if found.held:
        errors.print(
            "Nothing is stated or signed until its partners have said what they have seen: "
            "start the node, and look at `corridor node status`.",
            highlight=False,
        )


@commands.command()
def release(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why this is safe, for the audit log.")],
    i_know_that_nothing_was_seen: Annotated[
        bool,
        typer.Option(
            "--i-know-that-nothing-was-seen",
            help="You know that no partner has seen more of the log than there is here.",
        ),
    ] = False,
) -> None:
    """Let a restored node go on although its partners could not be asked.

    If a partner did see more, the log forks, and that partner will show it to others.

    Example: corridor backup release --i-know-that-nothing-was-seen --reason "never had a partner"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        runtime.service(LogRecovery).release(tx, reason, sure=i_know_that_nothing_was_seen)
    out.print(f"The log of {runtime.identity.name} may grow and be signed again.")


@contextmanager
def _progress(doing: str) -> Generator[Callable[[int, int], None]]:
    """Show how far the work has come, where somebody looks."""
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as shown:
        task = shown.add_task(doing, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
