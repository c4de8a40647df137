"""`corridor supply-chain scenarios` and `shock`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from corridor.core.records import Visibility
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain.adapters.scenarios import library, scenario_named, schema
from corridor.supply_chain.commands.facts import Tables
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.records import InTime, Loss, Quantiles, Rise
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.results import Asked, Found, kept, put
from corridor.supply_chain.service.shocks import HORIZON_DAYS, MOST_DAYS, Shock

commands = typer.Typer()
MOST_ACROSS = 4
"""Inputs whose days are shown beside each other."""


@commands.command("scenarios")
def scenarios(
    context: typer.Context,
    schema_: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a scenario's file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the scenarios that come with Corridor. Example: corridor supply-chain scenarios."""
    del context
    if schema_:
        show_json(schema())
        return
    found = library().values()
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Scenarios",
        ("scenario", "title", "needs", "likelihood in a year", "who says so"),
        [
            (
                each.name,
                each.title,
                ", ".join(each.parameters),
                None if each.likelihood is None else f"{each.likelihood.a_year:g}",
                "nobody has said" if each.likelihood is None else each.likelihood.source,
            )
            for each in found
        ],
    )


@commands.command("shock")
def shock(
    context: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="Of the library, or a YAML file.")
    ],
    home: Annotated[
        str | None, typer.Option(help="Who asks, as a country; else anybody abroad.")
    ] = None,
    set_: Annotated[list[str], typer.Option("--set", help="A parameter, as country=US.")] = [],  # noqa: B006  Typer makes a new list for every call
    draws: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many draws.")] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 0,
    table: Tables = [],  # noqa: B006  Typer makes a new list for every call
    days: Annotated[
        float, typer.Option(min=1, max=MOST_DAYS, help="What begins later is left out.")
    ] = HORIZON_DAYS,
    day_by_day: Annotated[
        bool, typer.Option("--day-by-day", help="Show what is lost from day to day, too.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", "--sign", help="Sign the result and keep it as a record.")
    ] = False,
    visibility: Annotated[
        Visibility, typer.Option(help="Who may see the record, if it is kept.")
    ] = "internal",
    as_json: AsJson = False,
) -> None:
    """Show what scenarios that happen together would stop, as bounds and as draws.

    Each disruption begins on its `start_day`, lasts and recovers; what is shown of an input is its
    worst day. --day-by-day shows the others.

    Example: corridor supply-chain shock model-withdrawn --set country=US --home IN --keep

    Another: corridor supply-chain shock hbm-supplier-lost neon-shortage --day-by-day
    """
    runtime = runtime_of(context)
    scenarios = tuple(scenario_named(name) for name in names)
    asked = Asked(
        scenarios=scenarios,
        parameters=dict(map(pair, set_)),
        home=home,
        draws=draws,
        seed=seed,
        tables=tuple(table),
        horizon_days=days,
        day_by_day=day_by_day,
    )
    with runtime.store.view() as view:
        found = put(runtime.service(SupplyChain), view, asked)
    record = _kept(runtime, found, visibility) if keep else None
    if as_json:
        shown = found.shock.model_dump(mode="json")
        show_json({**shown, "record": record} if record else shown)
        return
    show_shock(found.shock)
    if record:
        out.print(f"Kept as {record}.", highlight=False)


def _kept(runtime: Runtime, found: Found, visibility: Visibility) -> str:
    with runtime.store.transaction("operator") as tx:
        return kept(tx, found, visibility).id


def pair(text: str) -> tuple[str, str]:
    """Return the name and the value of a parameter.

    Raises:
        BadScenario: if it is none.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise BadScenario(f"{text!r} is no parameter.", hint="Write it as country=US.")
    return name, value


def show_shock(result: Shock) -> None:
    """Print what a shock does."""
    names = " and ".join(result.scenarios)
    if result.losses or not result.prices:
        show_losses(f"Lost by {names}", result.losses)
    if result.prices:
        show_rises(f"Dearer by {names}", result.prices)
    show_in_time(result.in_time, result.horizon_days)
    _show_beginnings(result)
    for name, said in result.likelihoods.items():
        known = f"{said.a_year:g} a year ({said.source})" if said else "nobody has said"
        out.print(f"How likely {name} is: {known}.", highlight=False)
    out.print(
        f"{result.draws} draws, seed {result.seed}; tolerance {result.tolerance:g}"
        f"{'' if result.settled else ', not reached'}. Nobody makes more to fill a gap here.",
        highlight=False,
    )


def _show_beginnings(result: Shock) -> None:
    days = [each.day for each in result.begins]
    if days and days != [0.0]:
        for each in result.begins:
            out.print(f"From day {each.day:g}: {each.what}.", highlight=False)
        out.print(
            "On each of these days all counts that has begun and is not over, by what is left of "
            "it; shown above is the worst of them for each input.",
            highlight=False,
        )
    for each in result.left_out:
        out.print(
            f"Left out, as it begins on day {each.day:g} of {result.horizon_days:g}: {each.what}.",
            highlight=False,
        )


def show_losses(title: str, losses: Sequence[Loss]) -> None:
    """Print what is lost, a row an input; the day on which it begins where that is not the first."""
    later = any(each.begins and (each.begins.low or each.begins.high) for each in losses)
    show_table(
        title,
        (
            "input",
            "layer",
            "at least",
            "at most",
            "median",
            "5 to 95 %",
            *(("from day",) if later else ()),
            "days",
            "by the worst way",
        ),
        [_row(each, later=later) for each in losses],
    )


def show_in_time(found: Sequence[InTime], horizon: float) -> None:
    """Print what is lost from day to day, a row a day; of the inputs that come first."""
    shown = found[:MOST_ACROSS]
    if not shown:
        return
    days = sorted({each.day for of in shown for each in of.moments})
    show_table(
        f"Lost from day to day until day {horizon:g}: median (at least to at most)",
        ("from day", *(each.input for each in shown)),
        [(f"{round(day, 1):g}", *(_on(day, of) for of in shown)) for day in days],
    )
    if len(found) > len(shown):
        out.print(f"And {len(found) - len(shown)} more inputs; see --json.", highlight=False)


def _on(day: float, of: InTime) -> str:
    each = next((e for e in reversed(of.moments) if e.day <= day), None)
    return f"{each.median:.0%} ({each.low:.0%} to {each.high:.0%})" if each else ""


def show_rises(title: str, prices: Sequence[Rise]) -> None:
    """Print what is dearer, a row an input."""
    later = any(each.begins_day for each in prices)
    show_table(
        title,
        (
            "input",
            "layer",
            "at least",
            "at most",
            "median",
            "5 to 95 %",
            *(("from day",) if later else ()),
            "by the way that counts most",
        ),
        [
            (*figures, *((f"{each.begins_day:g}",) if later else ()), way)
            for each in prices
            for *figures, way in [_figures(each)]
        ],
    )
    out.print(
        "If costs are passed on in full and nobody buys less or otherwise; what is short does not "
        "become dear here.",
        highlight=False,
    )


def _row(each: Loss, *, later: bool) -> tuple[str, ...]:
    *figures, way = _figures(each)
    return (*figures, *((_from(each.begins),) if later else ()), _days(each.days), way)


def _from(begins: Quantiles | None) -> str:
    """Return from which day on; where one bound loses nothing, from which at the other."""
    if begins is None or begins.low is None:
        return "unknown"
    if begins.high is None:
        return f"{begins.low:.0f}, or never"
    low, high = f"{begins.low:.0f}", f"{begins.high:.0f}"
    return low if low == high else f"{low} to {high}"


def _figures(each: Loss | Rise) -> tuple[str, ...]:
    spread = f"{each.p5:.0%} to {each.p95:.0%}"
    way = " > ".join(each.path)
    return (
        each.input, each.layer, f"{each.low:.0%}", f"{each.high:.0%}", f"{each.median:.0%}", spread, way,
    )  # fmt: skip


def _days(days: Quantiles | None) -> str:
    if days is None or days.low is None:
        return "for ever"
    if days.high is None:
        return "nobody knows" if days.low == 0 else f"{days.low:.0f} or more"
    return f"{days.low:.0f} to {days.high:.0f}" if days.low < days.high else f"{days.low:.0f}"
