"""`corridor drill watch` and `abort`: a drill while it runs."""

import time
from typing import Annotated, cast

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from corridor.drills.errors import NoDrill
from corridor.drills.rules.showing import (
    Row,
    Showing,
    asked_in_words,
    circuit_in_words,
    continuity_in_words,
)
from corridor.drills.service import Rehearsals
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json

commands = typer.Typer()

LOOK_SECONDS = 0.5


@commands.command("watch")
def watch(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Show how far it is, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Watch the drill that runs, until it is over.

    Example: corridor drill watch
    """
    runtime = runtime_of(context)
    seen = _seen(runtime)
    if as_json:
        show_json(seen)
        return
    if once:
        out.print(_page(seen))
        return
    with Live(_page(seen), console=out, refresh_per_second=4) as live:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                live.update(_page(_seen(runtime)))
            except NoDrill:
                break
    out.print("The drill is over: `corridor drill list` shows what it found.")


@commands.command("abort")
def abort(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why.")] = "aborted by the operator",
) -> None:
    """End the drill that runs: what it suspended is open again at once.

    Example: corridor drill abort --reason "callers complain"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        started = runtime.service(Rehearsals).abort(tx, reason)
    out.print(f"Drill {started.id[:12]} is aborted: nothing is suspended in its name any more.")


def _seen(runtime: Runtime) -> Showing:
    with runtime.store.view() as view:
        return cast("Showing", runtime.service(Rehearsals).running(view)[1].shown)


def _page(seen: Showing) -> RenderableType:
    """Return all that is seen of a drill, one table beneath the other."""
    if not seen:
        return Table(title="A drill begins ...")
    lost, stage = ", ".join(seen["lost"]), seen["stage"]
    lost = f"{seen['scenario']}: {lost}" if seen["scenario"] else lost
    title = f"Drill {seen['drill'][:12]}: {lost}; {stage}, {seen['since']:.0f} s"
    return Group(Text(title, style="bold"), _probes(seen), _live(seen), _providers(seen))


def _probes(seen: Showing) -> Table:
    table = Table(title="Probes", title_justify="left")
    for name in ("service", "language", "answers now", "before", "kept", "moved", "failed"):
        table.add_column(name)
    table.add_column("items")
    table.add_column("switched after")
    table.add_column("continuity")
    for row in seen["services"]:
        table.add_row(*_cells(row), style="red" if row["failed"] else "")
    return table


def _live(seen: Showing) -> Table:
    table = Table(title="Live requests since the withdrawal", title_justify="left")
    for name in ("service", "language", "route", "served", "moved", "failed"):
        table.add_column(name)
    for row in seen["services"]:
        live = row["live"]
        counts = (str(live["served"]), str(live["moved"]), str(live["failed"]))
        route = " > ".join(row["order"])
        style = "red" if live["failed"] else ""
        table.add_row(row["service"], row["language"], route, *counts, style=style)
    return table


def _providers(seen: Showing) -> Table:
    table = Table(title="Providers", title_justify="left")
    for name in ("provider", "supplier", "now", "probes answered", "circuit"):
        table.add_column(name)
    for row in seen["providers"]:
        now = "withdrawn" if row["lost"] else "open"
        circuit = circuit_in_words(row["circuits"])
        style = "red" if row["lost"] else ""
        table.add_row(
            row["provider"], row["supplier"], now, str(row["probes"]), circuit, style=style
        )
    return table


def _cells(row: Row) -> list[str]:
    switched = "" if row["switched"] is None else f"{row['switched']:.2f} s"
    counts = [str(row[name]) for name in ("before", "kept", "moved", "failed")]
    answering = row["answering"] or "nobody"
    return [
        row["service"],
        row["language"],
        answering,
        *counts,
        asked_in_words(row),
        switched,
        continuity_in_words(row["continuity"]),
    ]
