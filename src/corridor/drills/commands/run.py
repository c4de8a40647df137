"""`corridor drill run`: hold a drill on the running node."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from corridor.access import Decider
from corridor.core.errors import Invalid
from corridor.drills.adapters.control import post
from corridor.drills.commands.conducting import secret_in, show_begun, show_contradictions, told
from corridor.drills.commands.showing import Folder, check_of_a_scenario, pair_in, show
from corridor.drills.records import Tripwire
from corridor.drills.rules.running import duration
from corridor.drills.rules.stages import stages_in, written
from corridor.drills.rules.turns import items_in
from corridor.drills.service import Conducting, Loss, Wanted
from corridor.drills.service.holding import default_stages
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, runtime_of
from corridor.supply_chain import scenario_named

commands = typer.Typer()


@commands.command("run")
def run(
    context: typer.Context,
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="Of the library, or a YAML file.")
    ] = None,
    withdraw: Annotated[
        str | None, typer.Option(help="Instead of a scenario: a supplier that withdraws.")
    ] = None,
    set_: Annotated[list[str], typer.Option("--set", help="country=US; may be repeated.")] = [],  # noqa: B006  Typer makes a new list for every call
    home: Annotated[str | None, typer.Option(help="From where it is asked: IN.")] = None,
    worse: Annotated[bool, typer.Option("--worse", help="What may be lost is lost, too.")] = False,
    day: Annotated[
        float | None,
        typer.Option(
            min=0, help="Only what is gone on this day of the scenario, not all of it at once."
        ),
    ] = None,
    lasting: Annotated[
        str, typer.Option("--for", help="For how long: 30s, 5m, 1h; 30s if nothing is said.")
    ] = "",
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    stages: Annotated[
        str, typer.Option(help="In place of --for: shadow:10s,canary:30s@10%,full:60s.")
    ] = "",
    items: Annotated[
        str,
        typer.Option(
            metavar="all|N",
            help="It lasts until so many items of each language were asked before, and the same in it; "
            "drills.items_seconds longer at most.",
        ),
    ] = "",
    most_failed: Annotated[
        float, typer.Option(min=0, max=1, help="It ends if so many more live requests fail ...")
    ] = 0.05,
    most_slower: Annotated[
        float, typer.Option(min=1, help="... or take so many times as long as before.")
    ] = 10.0,
    second_key: Annotated[
        Path | None,
        typer.Option(help="A file with the personal key of a second person, who agrees."),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Let the running node hold it, and return.")
    ] = False,
    report: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Take away what a scenario takes for a while, measure what continues, restore it, write the report.

    What it will leave is foretold first, and kept; where it measures otherwise, that is raised.
    Ctrl-C, `corridor drill abort`, and limits on what live requests suffer end it before its time.

    Example: corridor drill run --withdraw overseas-vendor --stages shadow:10s,canary:30s@10%

    Another: corridor drill run model-withdrawn --set country=US --home IN --for 60s

    To measure by all that the evidence rests on: corridor drill run --withdraw overseas-vendor --items all

    Held by the node, whatever becomes of this terminal: corridor drill run --withdraw overseas-vendor --detach
    """
    if (scenario is None) == (withdraw is None):
        raise Invalid(
            "Say what is lost: a SCENARIO, or --withdraw SUPPLIER.",
            hint="`corridor supply-chain scenarios` lists the library.",
        )
    check_of_a_scenario(withdraw, home=home, day=day)
    if stages and lasting:
        raise Invalid(
            "--for and --stages exclude each other.",
            hint="Say how long each stage lasts: --stages shadow:10s,full:60s.",
        )
    loss = Loss(
        supplier=withdraw,
        scenario=None if scenario is None else scenario_named(scenario),
        parameters=dict(map(pair_in, set_)),
        home=home,
        service=service,
        worse=worse,
        day=day,
    )
    runtime = runtime_of(context)
    length = duration(lasting or "30s")
    wanted = Wanted(
        stages_in(stages) if stages else tuple(default_stages(length)),
        Tripwire(failed=most_failed, slower=most_slower),
        secret_in(second_key) if second_key else "",
        items_in(items) if items else 0,
    )
    if detach:
        _handed_over(runtime, loss, wanted, as_json=as_json)
        return
    store = runtime.store
    with store.view() as view:
        runtime.service(Decider).refresh(view)  # no follower is in this process
    conducted = asyncio.run(runtime.service(Conducting).conduct(store, loss, wanted, told))
    show(runtime, conducted.result, report, as_json=as_json)
    show_contradictions(conducted.contradictions)


def _handed_over(runtime: Runtime, loss: Loss, wanted: Wanted, *, as_json: bool) -> None:
    """Let the node that runs hold the drill; it is under way when this returns."""
    body = {
        "withdraw": loss.supplier,
        "scenario": loss.scenario and loss.scenario.model_dump(mode="json"),
        "parameters": dict(loss.parameters),
        "home": loss.home,
        "service": loss.service,
        "worse": loss.worse,
        "day": loss.day,
        "stages": written(wanted.stages),
        "items": wanted.items or None,
        "tripwire": wanted.tripwire.model_dump(),
        "second_key": wanted.second_key,
    }
    answer = post(runtime.address, runtime.operator_token, "/drills/runs", body)
    show_begun(answer, as_json=as_json)
