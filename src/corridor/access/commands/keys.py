"""API keys on the command line, for the operator of the node."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from corridor.access.commands.acting import write_new
from corridor.access.commands.ids import key_prefix
from corridor.access.records import ApiKey
from corridor.access.service.keys import ApiKeys
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

keys = typer.Typer(help="API keys: issue, rotate, revoke.", no_args_is_help=True)

Prefix = Annotated[str, typer.Argument(help="The beginning of the key, as `list` shows it.")]
To = Annotated[Path | None, typer.Option(help="Write it to this new file (0600), do not show it.")]
DEFAULT_DAYS = 90


def add_to(commands: typer.Typer) -> None:
    """Add this group to the commands of access."""
    commands.add_typer(keys, name="key")


@keys.command("list")
def list_keys(
    context: typer.Context,
    of: Annotated[str | None, typer.Option(help="Of this principal alone.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that ended, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the keys by their beginnings. Example: corridor access key list --of ana --all."""
    runtime = runtime_of(context)
    service = runtime.service(ApiKeys)
    with runtime.store.view() as view:
        found = service.keys(view) if of is None else service.keys_of(view, of)
        rows = [(key, state, service.end(view, key)) for key, state in found]
    rows = [row for row in rows if everything or row[1] == "in_force"]
    if as_json:
        show_json([_shown(key, state) | {"ends_at": end} for key, state, end in rows])
        return
    show_table(
        "API keys",
        ("prefix", "of", "label", "project", "may use", "state", "until"),
        [
            (
                key.prefix,
                key.principal,
                key.label,
                key.project or "none: personal",
                ", ".join(key.models) or "no model",
                state.replace("_", " "),
                _until(min((each for each in (key.expires_at, end) if each), default=None)),
            )
            for key, state, end in rows
        ],
    )


@keys.command("issue")
def issue_key(
    context: typer.Context,
    principal: Annotated[str, typer.Argument(help="Whose key it is.")],
    project: Annotated[
        str | None, typer.Option(help="What it is for; without it, it is a personal key.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A service or provider; may be repeated; * is all.")
    ] = None,
    label: Annotated[str, typer.Option(help="What people call it.")] = "key",
    days: Annotated[int, typer.Option(min=1, max=731, help="For how long.")] = DEFAULT_DAYS,
    to: To = None,
) -> None:
    """Make a key and show it once.

    Example: corridor access key issue ana --project helpdesk --model helpline --days 30
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        _, secret = runtime.service(ApiKeys).issue(
            tx, principal, project, label, model or (), timedelta(days=days)
        )
        if to is not None:
            write_new(to, secret)  # before the commit: a key that cannot be written is not made
    _hand_over(secret, to)


@keys.command("rotate")
def rotate_key(
    context: typer.Context,
    prefix: Prefix,
    hours: Annotated[
        float | None, typer.Option(min=0, max=744, help="How long both keys work.")
    ] = None,
    to: To = None,
) -> None:
    """Make a key in the place of another. Example: corridor access key rotate ck-12345678 --hours 2."""
    runtime = runtime_of(context)
    overlap = timedelta(hours=hours) if hours is not None else None
    with runtime.store.transaction("operator") as tx:
        _, secret = runtime.service(ApiKeys).rotate(tx, key_prefix(runtime, tx, prefix), overlap)
        if to is not None:
            write_new(to, secret)
    _hand_over(secret, to)


@keys.command("revoke")
def revoke_key(
    context: typer.Context,
    prefix: Prefix,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
) -> None:
    """Close a key at once and for good. Example: corridor access key revoke ck-12345678 --reason lost."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        key = runtime.service(ApiKeys).revoke(tx, key_prefix(runtime, tx, prefix), reason)
    out.print(f"{key.principal}'s key {key.prefix}… opens nothing any more.", highlight=False)


def _hand_over(secret: str, to: Path | None) -> None:
    if to is not None:
        out.print(f"The key is in {to}, and nowhere else: only a keyed hash of it is kept.")
        return
    sys.stdout.write(secret + "\n")
    typer.echo("This key is shown once and kept nowhere: only a keyed hash of it is.", err=True)


def _shown(key: ApiKey, state: str) -> dict[str, object]:
    return {**key.model_dump(mode="json", exclude={"digest", "visibility"}), "state": state}


def _until(end: object) -> str:
    return f"{end:%Y-%m-%d %H:%M}" if end else "no end"
