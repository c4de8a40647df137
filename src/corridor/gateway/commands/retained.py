"""What is retained, on the command line."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from corridor.core.errors import Invalid
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.gateway.records import Kept
from corridor.gateway.service import Retaining

commands = typer.Typer(
    help="Bodies of requests and answers, kept where a project's retention says so.",
    no_args_is_help=True,
)

Reason = Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")]


@commands.command("keep")
def keep(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="A project.")],
    days: Annotated[int, typer.Option(min=0, max=3650, help="For how long; 0 for not at all.")],
    reason: Reason,
    what: Annotated[Kept, typer.Option(help="Which bodies.")] = "both",
) -> None:
    """Keep a project's bodies from now on, encrypted, for some days; nothing is kept without this.

    Example: corridor gateway retained keep leaflets --days 7 --what answer --reason "quality review"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        rule = runtime.service(Retaining).retain(tx, project, days, what, reason)
    kept = f"{rule.what} for {rule.days} days" if rule.days else "nothing"
    out.print(f"Of {project} is kept from now on: {kept}.", highlight=False, markup=False)


@commands.command("rules")
def rules(context: typer.Context, as_json: AsJson = False) -> None:
    """List of which projects something is kept. Example: corridor gateway retained rules."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        stated = runtime.service(Retaining).stated(view)
    found = [rule for rule in stated.values() if rule.days]
    if as_json:
        show_json([rule.model_dump(mode="json") for rule in found])
        return
    rows = [(rule.project, rule.what, rule.days, rule.reason) for rule in found]
    show_table("Retention", ("project", "what", "days", "reason"), rows)


@commands.command("list")
def list_(
    context: typer.Context,
    project: Annotated[str | None, typer.Option(help="Only this project's.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is kept, without the bodies.

    Example: corridor gateway retained list --project leaflets
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Retaining).listed(view, project)
    if as_json:
        show_json([each.model_dump() for each in found])
        return
    show_table(
        "Retained",
        ("request", "project", "part", "bytes", "made", "expires"),
        [
            (f.request_id, f.project, f.part, f.size, _shown(f.made_at), _shown(f.expires_at))
            for f in found
        ],
    )


@commands.command("show")
def show(
    context: typer.Context,
    request: Annotated[str, typer.Argument(help="The id of a request.")],
) -> None:
    """Show the bodies of a request as JSON; that they were shown is noted in the audit log.

    Example: corridor gateway retained show req-5f0c
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        bodies = runtime.service(Retaining).show(tx, request)
    show_json({part: data.decode("utf-8", "replace") for part, data in bodies.items()})


@commands.command("purge")
def purge(
    context: typer.Context,
    reason: Reason,
    project: Annotated[str | None, typer.Option(help="A project's.")] = None,
    request: Annotated[str | None, typer.Option(help="A request's.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Of all projects.")] = False,
) -> None:
    """Delete bodies before they expire.

    Example: corridor gateway retained purge --project leaflets --reason "the review is over"
    """
    if not (project or request or everything):
        raise Invalid("Nothing is named.", hint="Give --project, --request, or --all.")
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        count = runtime.service(Retaining).purge(tx, reason, project, request)
    out.print(f"{count} bodies are deleted.")


def _shown(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
