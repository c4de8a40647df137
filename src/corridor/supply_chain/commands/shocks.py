"""`corridor supply-chain scenarios` and `shock`."""

from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain.adapters.scenarios import library, scenario_named, schema
from corridor.supply_chain.commands.facts import Tables, graph_here
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.service.shocks import Loss, Shock, shocked

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
        ("scenario", "title", "needs", "likelihood in a year"),
        [
            (
                each.name,
                each.title,
                ", ".join(each.parameters),
                None if each.likelihood is None else each.likelihood.a_year,
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
    as_json: AsJson = False,
) -> None:
    """Show what scenarios that happen together would stop, as bounds and as draws.

    Example: corridor supply-chain shock model-withdrawn --set country=US --home IN
    """
    runtime = runtime_of(context)
    found = [scenario_named(name) for name in names]
    with runtime.store.view() as view:
        graph = graph_here(runtime, view, table)
    result = shocked(graph, found, dict(map(_pair, set_)), home, draws, seed)
    if as_json:
        show_json(result.model_dump(mode="json"))
        return
    _show(result)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadScenario(f"{text!r} is no parameter.", hint="Write it as country=US.")
    return name, value


def _show(result: Shock) -> None:
    show_table(
        f"Lost by {' and '.join(result.scenarios)}",
        ("input", "layer", "at least", "at most", "median", "5 to 95 %", "by the worst way"),
        [_row(each) for each in result.losses],
    )
    out.print(
        f"{result.draws} draws, seed {result.seed}; tolerance {result.tolerance:g}"
        f"{'' if result.settled else ', not reached'}. Nobody makes more to fill a gap here.",
        highlight=False,
    )


def _row(each: Loss) -> tuple[str, ...]:
    spread = f"{each.p5:.0%} to {each.p95:.0%}"
    way = " > ".join(each.path)
    return (
        each.input, each.layer, f"{each.low:.0%}", f"{each.high:.0%}", f"{each.median:.0%}", spread, way,
    )  # fmt: skip
