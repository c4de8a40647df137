"""`corridor supply-chain plan` and `plans`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from corridor.core.records import Visibility
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.supply_chain.adapters.measures import measures_named
from corridor.supply_chain.commands.facts import Tables
from corridor.supply_chain.commands.measures import Files, Scenarios, scenarios_named
from corridor.supply_chain.commands.shocks import pair
from corridor.supply_chain.commands.shown_plans import show_plan
from corridor.supply_chain.errors import BadPlan
from corridor.supply_chain.records import Plan
from corridor.supply_chain.rules.plans.measures import Cost
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.planning import Ground, Wanted, keep, plan_of, planned, plans

commands = typer.Typer()
ASSUMED = "assumed by whoever asked (--generated-cost)"
Set_ = Annotated[list[str], typer.Option("--set", help="A parameter, as country=US.")]
Picture = Annotated[Path | None, typer.Option(help="Write a picture: .svg, .png or .html.")]


@commands.command("plan")
def plan(
    context: typer.Context,
    scenarios: Scenarios = None,
    budget: Annotated[int, typer.Option(help="Whole units of the currency.")] = 0,
    files: Files = [],  # noqa: B006  Typer makes a new list for every call
    currency: Annotated[
        str | None, typer.Option(help="Of the budget; else that of the measures.")
    ] = None,
    generated_cost: Annotated[
        str | None,
        typer.Option(help="What each measure of this node's records costs, as 1000:5000."),
    ] = None,
    service: Annotated[
        list[str], typer.Option("--service", help="A service, or how much it counts: helpline=3.")
    ] = [],  # noqa: B006  Typer makes a new list for every call
    weight: Annotated[
        list[str],
        typer.Option(
            "--weights", help="How much a scenario counts: neon-shortage=2; may be repeated."
        ),
    ] = [],  # noqa: B006  Typer makes a new list for every call
    set_: Set_ = [],  # noqa: B006  Typer makes a new list for every call
    home: Annotated[str | None, typer.Option(help="Who asks, as a country.")] = None,
    aim: Annotated[
        Literal["expected", "worst-case"], typer.Option(help="Which loss is to be least.")
    ] = "expected",
    reading: Annotated[
        Literal["mean", "low", "high"],
        typer.Option(help="What of a loss counts: the mean of the draws, or a bound."),
    ] = "mean",
    horizon: Annotated[float, typer.Option(min=1, max=3_650, help="Days that count.")] = 365.0,
    begins: Annotated[
        float, typer.Option(min=0, help="Days from the decision to the scenarios.")
    ] = 0.0,
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="How many draws.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 0,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Time limit of the proof, and of finding out.")
    ] = 20.0,
    figures: Annotated[
        int, typer.Option(min=0, max=100, help="For how many unknown figures to plan anew.")
    ] = 12,
    table: Tables = [],  # noqa: B006  Typer makes a new list for every call
    picture: Picture = None,
    keep_: Annotated[
        bool, typer.Option("--keep", "--sign", help="Sign the plan and keep it as a record.")
    ] = False,
    visibility: Annotated[
        Visibility, typer.Option(help="Who may see the record, if it is kept.")
    ] = "internal",
    as_json: AsJson = False,
) -> None:
    """Choose measures within a budget such that the least is lost.

    Example: corridor supply-chain plan --measures examples --budget 150000000 --set country=US
    """
    runtime = runtime_of(context)
    wanted = Wanted(
        services=_figures(service, 1.0),
        weights=_figures(weight, None),
        parameters=dict(map(pair, set_)),
        aim=aim,
        reading=reading,
        home=home,
        horizon_days=horizon,
        begins_days=begins,
        draws=draws,
        seed=seed,
        budget=budget,
        currency=currency,
        seconds=seconds,
        figures=figures,
    )
    ground, wanted = _ground(
        runtime, scenarios_named(scenarios), files, _cost(generated_cost, currency), table, wanted
    )
    with errors.status("planning") as status:
        found = planned(ground, wanted, runtime.service(SupplyChain).clock, status.update)
    if keep_:
        with runtime.store.transaction("operator") as tx:
            found = keep(tx, found, visibility)
    _show(found, picture, as_json=as_json)
    if keep_ and not as_json:
        out.print(f"Kept as {found.id}.", highlight=False)


def _ground(
    runtime: Runtime,
    scenarios: Sequence[Scenario],
    files: Sequence[str],
    cost: Cost | None,
    table: Sequence[str],
    wanted: Wanted,
) -> tuple[Ground, Wanted]:
    chain = runtime.service(SupplyChain)
    placed = [each for name in files for each in measures_named(name)]
    with runtime.store.view() as view:
        return chain.ground(view, scenarios, placed, wanted, cost, table)


@commands.command("plans")
def list_plans(
    context: typer.Context,
    record: Annotated[
        str | None, typer.Argument(help="Show this one: its record's id, or its beginning.")
    ] = None,
    picture: Picture = None,
    as_json: AsJson = False,
) -> None:
    """List the plans that were kept, own ones and partners', or show one.

    Example: corridor supply-chain plans
    """
    with runtime_of(context).store.view() as view:
        found = plans(view)
        one = plan_of(view, record) if record is not None else None
    if one is not None:
        _show(one, picture, as_json=as_json)
        return
    if as_json:
        show_json(
            [
                {"entry": entry.model_dump(mode="json"), "plan": each.model_dump(mode="json")}
                for entry, each in found
            ]
        )
        return
    show_table(
        "Kept plans",
        ("record", "issuer", "when", "budget", "measures", "without", "with it"),
        [
            (
                each.id[:12],
                entry.issuer,
                f"{each.made_at:%Y-%m-%d %H:%M}",
                f"{each.budget:,} {each.currency}",
                len(each.steps),
                f"{each.before:.2%}",
                f"{each.after:.2%}",
            )
            for entry, each in found
        ],
    )


def _show(found: Plan, picture: Path | None, *, as_json: bool) -> None:
    if picture is not None:
        # Only here: Altair is large, and no other command needs it.
        from corridor.supply_chain.adapters.stairs import draw

        draw(found, picture)
    if as_json:
        show_json({**found.model_dump(mode="json"), "gap": found.gap})
    else:
        show_plan(found)


def _cost(text: str | None, currency: str | None) -> Cost | None:
    if text is None:
        return None
    low, _, high = text.partition(":")
    if not (low.isdecimal() and (high or low).isdecimal() and int(low) <= int(high or low)):
        raise BadPlan(f"{text!r} is no cost.", hint="Write it as 1000:5000, or as 5000.")
    if currency is None:
        raise BadPlan("--generated-cost needs --currency.", hint="For example --currency JPY.")
    return Cost(low=int(low), high=int(high or low), currency=currency, source=ASSUMED)


def _figures(texts: Sequence[str], without: float | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in texts:
        if "=" not in text and without is not None:
            found[text] = without
            continue
        name, equals, value = text.partition("=")
        if not equals:
            raise BadPlan(f"{text!r} is no weight.", hint="Write it as name=value.")
        try:
            found[name] = float(value)
        except ValueError as error:
            raise BadPlan(f"{value!r}, the weight of {name}, is no number.") from error
    return found
