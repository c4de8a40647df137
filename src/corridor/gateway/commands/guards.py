"""Guards on the command line."""

from pathlib import Path
from typing import Annotated, cast

import typer

from corridor.core.errors import Unavailable
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.gateway.rules.guards.files import guards_in
from corridor.gateway.service import Guarding

commands = typer.Typer(
    help="What requests and answers go through on their way.", no_args_is_help=True
)


@commands.command("set")
def kept(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy in YAML.")],
) -> None:
    """Set the guards of a service, or of all, in the place of those before.

    A file without steps (`steps: []`) takes them away.

    Example: corridor gateway guard set helpline.yaml
    """
    try:
        policy = guards_in(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"{file} cannot be read.") from error
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(Guarding).guard(tx, policy.service, policy.steps)
    whose = "every service" if made.service == "*" else made.service
    steps = ", ".join(step.guard for step in made.steps) or "nothing"
    out.print(f"Requests to {whose} go through: {steps}.", highlight=False, markup=False)


@commands.command("show")
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the guards of each service; those of `*` come first for all.

    Example: corridor gateway guard show
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Guarding).guards(view)
    if as_json:
        show_json([policy.model_dump(mode="json") for policy in found.values()])
        return
    rows = [
        (policy.service, step.guard, _settings(step.model_dump(mode="json", exclude={"guard"})))
        for policy in found.values()
        for step in policy.steps
    ]
    show_table("Guards", ("service", "guard", "settings"), rows)


@commands.command("test")
def tried(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Any text; it goes nowhere.")],
    as_json: AsJson = False,
) -> None:
    """Show what the detectors of personal data find in a text, here and now.

    Nothing of it is kept or sent.

    Example: corridor gateway guard test "call +91 98765 43210"
    """
    found = runtime_of(context).service(Guarding).seen(text)
    if as_json:
        show_json([{"kind": f.kind, "start": f.start, "end": f.end} for f in found])
        return
    rows = [(f.kind, f"{f.start}-{f.end}", text[f.start : f.end]) for f in found]
    show_table("Found", ("kind", "where", "what"), rows)


def _settings(values: dict[str, object]) -> str:
    return ", ".join(
        f"{name}: {' '.join(map(str, cast('list[object]', value))) if isinstance(value, list) else value}"
        for name, value in values.items()
        if value is not None
    )
