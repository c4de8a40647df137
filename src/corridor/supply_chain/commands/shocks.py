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
from corridor.supply_chain.records import Loss, Quantiles, Rise
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.results import Asked, Found, kept, put
from corridor.supply_chain.service.shocks import Shock

commands = typer.Typer()


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
    keep: Annotated[
        bool, typer.Option("--keep", "--sign", help="Sign the result and keep it as a record.")
    ] = False,
    visibility: Annotated[
        Visibility, typer.Option(help="Who may see the record, if it is kept.")
    ] = "internal",
    as_json: AsJson = False,
) -> None:
    """Show what scenarios that happen together would stop, as bounds and as draws.

    Example: corridor supply-chain shock model-withdrawn --set country=US --home IN --keep
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
    for name, said in result.likelihoods.items():
        known = f"{said.a_year:g} a year ({said.source})" if said else "nobody has said"
        out.print(f"How likely {name} is: {known}.", highlight=False)
    out.print(
        f"{result.draws} draws, seed {result.seed}; tolerance {result.tolerance:g}"
        f"{'' if result.settled else ', not reached'}. Nobody makes more to fill a gap here.",
        highlight=False,
    )


def show_losses(title: str, losses: Sequence[Loss]) -> None:
    """Print what is lost, a row an input."""
    show_table(
        title,
        (
            "input",
            "layer",
            "at least",
            "at most",
            "median",
            "5 to 95 %",
            "days",
            "by the worst way",
        ),
        [_row(each) for each in losses],
    )


def show_rises(title: str, prices: Sequence[Rise]) -> None:
    """Print what is dearer, a row an input."""
    show_table(
        title,
        (
            "input",
            "layer",
            "at least",
            "at most",
            "median",
            "5 to 95 %",
            "by the way that counts most",
        ),
        [_figures(each) for each in prices],
    )
    out.print(
        "If costs are passed on in full and nobody buys less or otherwise; what is short does not "
        "become dear here.",
        highlight=False,
    )


def _row(each: Loss) -> tuple[str, ...]:
    *figures, way = _figures(each)
    return (*figures, _days(each.days), way)


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
