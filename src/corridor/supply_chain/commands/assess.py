"""`corridor supply-chain assess`."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain.adapters.measures import measures_named
from corridor.supply_chain.adapters.scenarios import library
from corridor.supply_chain.commands.facts import Tables
from corridor.supply_chain.commands.shocks import pair
from corridor.supply_chain.rules.assessing import Assessment, Outcome
from corridor.supply_chain.rules.graph import graph_of
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.assessing import Brief, assess

commands = typer.Typer()


@commands.command("assess")
def assess_service(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="SERVICE", help="A service of this node, or an input.")
    ],
    folder: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path(
        "assessment"
    ),
    home: Annotated[
        str | None, typer.Option(help="Who asks, as a country; else anybody abroad.")
    ] = None,
    set_: Annotated[
        list[str], typer.Option("--set", help="A parameter of scenarios, as country=US.")
    ] = [],  # noqa: B006  Typer makes a new list for every call
    draws: Annotated[int, typer.Option(min=1, max=20_000, help="Draws of a scenario.")] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time limit of each search.")] = 10.0,
    measures: Annotated[
        list[str],
        typer.Option(help="Measures beside those of this node's records: a YAML file, `examples`."),
    ] = [],  # noqa: B006  Typer makes a new list for every call
    table: Tables = [],  # noqa: B006  Typer makes a new list for every call
    as_json: AsJson = False,
) -> None:
    """Write one page on a service: what it rests on, where that is thin, what would happen.

    The page needs nothing else and prints; assessment.json beside it says the same as data.

    Example: corridor supply-chain assess helpline -o helpline
    """
    runtime = runtime_of(context)
    chain = runtime.service(SupplyChain)
    stated = [each for place in measures for each in measures_named(place)]
    with runtime.store.view() as view:
        tables = chain.chosen(view, table)
        own = chain.candidates(view, graph_of(tables))
    given = dict(map(pair, set_))
    asked = Brief(name, home, given, draws, seed, seconds, (*own, *stated), measures, table)
    found = assess(tables, list(library().values()), asked, runtime.identity.name, chain.clock())
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    # Only here: drawing takes half a second to load, and most commands draw nothing.
    from corridor.supply_chain.adapters.page import write

    place = write(found, folder)
    _show(found)
    out.print(f"{place} is written.", highlight=False)


def _show(found: Assessment) -> None:
    alone = ", ".join(found.alone) or "nothing"
    out.print(f"{found.title}: each alone stops it: {alone}.", highlight=False)
    show_table(
        "What would happen",
        ("scenario", "with", "at least", "at most", "median", "5 to 95 %"),
        [
            (each.scenario, ", ".join(each.parameters.values()), *_shown(each))
            for each in found.outcomes
        ],
    )


def _shown(each: Outcome) -> tuple[str, str, str, str]:
    if each.loss is None:
        return "unknown", "unknown", "", each.wrong or ""
    loss = each.loss
    return (
        f"{loss.low:.0%}", f"{loss.high:.0%}", f"{loss.median:.0%}", f"{loss.p5:.0%} to {loss.p95:.0%}",
    )  # fmt: skip
