"""`corridor drill schedule`: small drills that the node holds by itself in quiet hours."""

from typing import Annotated

import typer

from corridor.drills.commands.showing import pair_in
from corridor.drills.records import Planned
from corridor.drills.rules.schedules import (
    SMALL,
    a_loss_of,
    days_in,
    every_text,
    hours_in,
    scheduled,
)
from corridor.drills.rules.stages import stages_in, written
from corridor.drills.rules.turns import items_in, items_text
from corridor.drills.service import Scheduling
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table

commands = typer.Typer()
schedule = typer.Typer(
    help="Small drills that the node holds by itself, again and again, in quiet hours.",
    no_args_is_help=True,
)
commands.add_typer(schedule, name="schedule")

Called = Annotated[str, typer.Argument(metavar="NAME", help="How the schedule is called.")]


@schedule.command("add")
def add(
    context: typer.Context,
    name: Called,
    between: Annotated[str, typer.Option(help="The quiet hours: 02:00-04:00.")],
    zone: Annotated[str, typer.Option(help="Their time zone: Asia/Kolkata.")],
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="Of the library.")
    ] = None,
    withdraw: Annotated[
        str | None, typer.Option(help="Instead of a scenario: a supplier that withdraws.")
    ] = None,
    every: Annotated[str, typer.Option(help="How often: 1d, 10d, 2w.")] = "1w",
    stages: Annotated[str, typer.Option(help="As of `drill run`.")] = written(SMALL),
    items: Annotated[str, typer.Option(metavar="all|N", help="As of `drill run`.")] = "",
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    below: Annotated[
        float | None,
        typer.Option(help="Only while fewer live requests than this come in a minute."),
    ] = None,
    set_: Annotated[list[str], typer.Option("--set", help="country=US; may be repeated.")] = [],  # noqa: B006  Typer makes a new list for every call
    home: Annotated[str | None, typer.Option(help="From where it is asked: IN.")] = None,
    worse: Annotated[bool, typer.Option("--worse", help="What may be lost is lost too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let the node hold a drill again and again; the same name again replaces what it had.

    It begins by itself, within its hours alone: never during an incident or another drill. A window
    that is missed is not made up for; the next one is tried.

    Example: corridor drill schedule add weekly --withdraw overseas-vendor --every 1w --between 02:00-04:00 --zone Asia/Kolkata

    Another: corridor drill schedule add frontier model-withdrawn --set country=US --home IN --between 02:00-04:00 --zone UTC
    """
    runtime = runtime_of(context)
    opens, closes = hours_in(between)
    made = scheduled(
        {
            "made_at": runtime.store.clock(),
            "name": name,
            "supplier": withdraw,
            "scenario": scenario,
            "parameters": dict(map(pair_in, set_)),
            "home": home,
            "worse": worse,
            "service": service,
            "stages": stages_in(stages),
            "items": items_in(items) if items else 0,
            "every_days": days_in(every),
            "opens": opens,
            "closes": closes,
            "zone": zone,
            "below": below,
        }
    )
    scheduling = runtime.service(Scheduling)
    with runtime.store.transaction("operator") as tx:
        scheduling.add(tx, made)
    with runtime.store.view() as view:
        found = next(each for each in scheduling.planned(view) if each.schedule.name == name)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    out.print(
        f"{name} is scheduled; its next window opens at {found.next:%Y-%m-%d %H:%M} UTC.",
        highlight=False,
    )


@schedule.command("list")
def list_schedules(context: typer.Context, as_json: AsJson = False) -> None:
    """List what is scheduled, when each is due, and what became of the last windows.

    Example: corridor drill schedule list
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Scheduling).planned(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Scheduled drills",
        ("schedule", "what is lost, how far", "when", "next window", "last windows"),
        [_row(each) for each in found],
    )


@schedule.command("remove")
def remove(context: typer.Context, name: Called) -> None:
    """End a schedule; what it held stays. Example: corridor drill schedule remove weekly."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        runtime.service(Scheduling).remove(tx, name)
    out.print(f"{name} is scheduled no more.", highlight=False)


def _row(each: Planned) -> tuple[str, ...]:
    own = each.schedule
    lost = f"{a_loss_of(own)} for {own.service}" if own.service else a_loss_of(own)
    asked = [f"{items_text(own.items)} items"] if own.items else []
    quiet = f"\nbelow {own.below:g}/min" if own.below is not None else ""
    return (
        own.name,
        "\n".join((lost, *written(own.stages).split(","), *asked)),
        f"every {every_text(own.every_days)}\n{own.opens}-{own.closes}\n{own.zone}{quiet}",
        f"{each.next:%Y-%m-%d\n%H:%M} UTC",
        "\n".join(
            f"{turn.day} {turn.state}{f': {turn.why}' if turn.why else ''}" for turn in each.turns
        )
        or "none yet",
    )
