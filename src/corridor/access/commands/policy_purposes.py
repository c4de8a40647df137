"""The purposes that requests may declare, on the command line."""

from typing import Annotated

import typer

from corridor.access.records import UseClass
from corridor.access.service.policies import Policies
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

purposes = typer.Typer(help="The purposes that requests may declare.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What requests write.")]


@purposes.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the purposes that may be declared.

    Example: corridor access purpose list --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Policies).purposes(view)
    if as_json:
        shown = {"name", "title", "use_class"}
        show_json([purpose.model_dump(include=shown) for purpose in found.values()])
        return
    rows = [(each.name, each.title, each.use_class) for each in found.values()]
    show_table("Purposes", ("name", "title", "class"), rows)


@purposes.command()
def add(
    context: typer.Context,
    name: Name,
    title: Annotated[str, typer.Option(help="In words.")],
    use_class: Annotated[
        UseClass, typer.Option("--class", help="The class that such a request has at least.")
    ] = "general",
) -> None:
    """List a purpose, or change the title or class of one that is listed.

    Example: corridor access purpose add tax-advice --title "Advise taxpayers"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        purpose = runtime.service(Policies).list_purpose(tx, name, title, use_class)
    out.print(f"{purpose.name} is listed.", highlight=False)


@purposes.command()
def retire(
    context: typer.Context,
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")],
) -> None:
    """Take a purpose off the list: what was granted for it is closed from then on.

    Example: corridor access purpose retire red-teaming --reason "the programme ended"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        runtime.service(Policies).retire_purpose(tx, name, reason)
    out.print(f"{name} is not listed any more.", highlight=False)
