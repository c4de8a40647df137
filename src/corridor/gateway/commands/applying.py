"""The whole set-up of the gateway by one file, on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.core.errors import Invalid
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.gateway.rules.set_up import set_up_in, text_of
from corridor.gateway.service import Applying

commands = typer.Typer()


@commands.command("apply")
def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A set-up in YAML.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change; keep nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set services, routes, limits, prices, guards and retention by one file: whole, or not at all.

    What the file does not name stays as it is. An error names the line, and nothing is set.

    Example: corridor gateway apply gateway.yaml --dry-run
    """
    wanted, where = set_up_in(_text_of(file))
    runtime = runtime_of(context)
    applying = runtime.service(Applying)
    if dry_run:
        changes = applying.tried(runtime.store, wanted, where)
    else:
        with runtime.store.transaction("operator") as tx:
            changes = applying.apply(tx, wanted, where)
    changed = [each for each in changes if each.how != "unchanged"]
    if as_json:
        listed = [each.model_dump() for each in changes]
        show_json({"dry_run": dry_run, "changed": len(changed), "items": listed})
        return
    if not changed:
        out.print(f"Nothing to change: all {len(changes)} items of the file are so already.")
        return
    title = "What would change" if dry_run else "Changed"
    show_table(title, ("part", "name", "how"), [(c.part, c.name, c.how) for c in changed])
    same = len(changes) - len(changed)
    out.print(
        f"{len(changed)} items {'would change' if dry_run else 'changed'}, {same} are as before."
    )


@commands.command("export")
def export(context: typer.Context) -> None:
    """Write how the gateway is set up now as a file for `apply`.

    Keys are named by their prefixes; prices are those in force.

    Example: corridor gateway export > gateway.yaml
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Applying).export(view)
    typer.echo(text_of(found), nl=False)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read.", hint="It must be a text file in UTF-8.") from error
