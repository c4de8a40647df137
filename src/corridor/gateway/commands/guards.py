"""Guards on the command line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from corridor.core.errors import Unavailable
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.gateway.records import Watch
from corridor.gateway.rules.guards.files import guards_in, watches_in
from corridor.gateway.service import Guarding, Incidents

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


@commands.command("watch")
def watch(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What is watched, in YAML.")],
) -> None:
    """Let guards open incidents by themselves: which guard, for what, from how many on.

    A file without watches (`watches: []`) ends it; incidents that are open go on counting to their end.

    Example: corridor gateway guard watch incidents.yaml
    """
    try:
        wanted = watches_in(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"{file} cannot be read.") from error
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(Incidents).watch(tx, wanted.service, wanted.watches)
    whose = "every service" if made.service == "*" else made.service
    guards = ", ".join(each.guard for each in made.watches) or "nothing"
    out.print(f"Watched at {whose}: {guards}.", highlight=False, markup=False)


@commands.command("watched")
def watched(context: typer.Context, as_json: AsJson = False) -> None:
    """Show which blocks of guards open incidents.

    Example: corridor gateway guard watched
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Incidents).watched(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found.values()])
        return
    rows = [
        (
            record.service,
            each.guard,
            ", ".join(each.acts),
            each.category,
            each.severity,
            _from(each),
        )
        for record in found.values()
        for each in record.watches
    ]
    heads = ("service", "guard", "when it", "about", "severity", "opens at")
    show_table("Watched guards", heads, rows)


@commands.command("blocked")
def blocked(
    context: typer.Context,
    hours: Annotated[int, typer.Option(min=1, max=2160, help="So many hours back.")] = 24,
    as_json: AsJson = False,
) -> None:
    """Show how often guards blocked something, by the hour, and which incident counts it.

    Example: corridor gateway guard blocked --hours 72
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Incidents).blocked(view, hours)
    if as_json:
        show_json([{**vars(each), "incident": incident} for each, incident in found])
        return
    rows = [
        (
            f"{datetime.fromtimestamp(each.hour * 3600, UTC):%Y-%m-%d %H:00}",
            each.target,
            each.language,
            each.guard,
            each.act,
            each.model,
            each.count,
            incident or "none",
        )
        for each, incident in found
    ]
    heads = ("hour (UTC)", "service", "language", "guard", "what", "model", "times", "incident")
    show_table("Blocked by guards", heads, rows)


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


def _from(watch: Watch) -> str:
    return f"{watch.at_least} in {watch.hours} h"


def _settings(values: dict[str, object]) -> str:
    return ", ".join(
        f"{name}: {' '.join(map(str, cast('list[object]', value))) if isinstance(value, list) else value}"
        for name, value in values.items()
        if value is not None
    )
