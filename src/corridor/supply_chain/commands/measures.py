"""`corridor supply-chain measures` and `first-steps`, and what is asked alike of both and of plans."""

from collections.abc import Sequence
from typing import Annotated

import typer

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, errors, out, runtime_of, show_json, show_table
from corridor.supply_chain.adapters.measures import library, measures_named, schema
from corridor.supply_chain.adapters.scenarios import library as all_scenarios
from corridor.supply_chain.adapters.scenarios import scenario_named
from corridor.supply_chain.commands.shown_plans import show_notes
from corridor.supply_chain.rules.plans.measures import Placed
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service import SupplyChain

commands = typer.Typer()

Files = Annotated[
    list[str],
    typer.Option("--measures", help="A YAML file, or a name of the library; may be repeated."),
]
Scenarios = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SCENARIO]...", help="Of the library, or a YAML file; else all."),
]


@commands.command("measures")
def measures(
    context: typer.Context,
    file: Annotated[str | None, typer.Argument(help="A file, or a name of the library.")] = None,
    schema_: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a file of measures.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List measures: those of a file, else those that come with Corridor or follow from this node.

    Example: corridor supply-chain measures examples
    """
    if schema_:
        show_json(schema())
        return
    found = measures_named(file) if file else _all_measures(runtime_of(context))
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Measures",
        (
            "measure",
            "kind",
            "title",
            "cost at least",
            "at most",
            "currency",
            "who says so",
            "where",
        ),
        [_measure(each) for each in found],
    )


def _all_measures(runtime: Runtime) -> list[Placed]:
    chain = runtime.service(SupplyChain)
    with runtime.store.view() as view:
        own = chain.candidates(view, chain.graph(view))
    return [*(each for found in library().values() for each in found), *own]


def _measure(each: Placed) -> tuple[str | None, ...]:
    m, cost = each.measure, each.measure.cost
    money = (
        (None, None, None) if cost is None else (f"{cost.low:,}", f"{cost.high:,}", cost.currency)
    )
    return (m.name, m.kind, m.title, *money, m.source, each.where)


@commands.command("first-steps")
def first_steps(
    context: typer.Context,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="A service or another input.")],
    scenarios: Scenarios = None,
    files: Files = [],  # noqa: B006  Typer makes a new list for every call
    most: Annotated[int, typer.Option(min=1, max=50, help="How many steps.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show which measures avoid most for one service, one after the other, whatever each costs.

    Example: corridor supply-chain first-steps public-ai-service --measures examples
    """
    runtime = runtime_of(context)
    chain, wanted = runtime.service(SupplyChain), scenarios_named(scenarios)
    placed = [each for name in files for each in measures_named(name)]
    with runtime.store.view() as view, errors.status("working out what each measure avoids"):
        found = chain.first_steps(view, service, wanted, placed, most)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    show_table(
        f"First steps for {service}; without any, {found.before:.2%} of its days are lost",
        ("measure", "title", "avoids alone", "left with it and those before", "who says so"),
        [
            (s.measure, s.title, f"{s.avoids_alone:.2%}", f"{s.left:.2%}", s.source)
            for s in found.steps
        ],
    )
    if found.plan is not None:
        cited = found.plan
        out.print(
            f"Plan {cited.entry.record_id[:12]} ({cited.budget:,} {cited.currency}"
            f"{'' if cited.same_facts else ', on other facts'}): {', '.join(cited.measures)}.",
            highlight=False,
        )
    show_notes(found.notes)


def scenarios_named(names: Sequence[str] | None) -> list[Scenario]:
    """Return the scenarios of these names or files; all of the library, if there are none."""
    return [scenario_named(name) for name in names] if names else list(all_scenarios().values())
