"""`corridor supply-chain tables`, `import`, `inputs`, `show` and `concentration`."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.core.store import View
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain.adapters.criticality import read as read_criticality
from corridor.supply_chain.adapters.importing import Layout, read
from corridor.supply_chain.adapters.scenarios import library
from corridor.supply_chain.commands.criteria import show_criteria
from corridor.supply_chain.records import Basis, Layer, Provision, Table
from corridor.supply_chain.rules.concentration import By
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.criteria import criteria
from corridor.supply_chain.service.facts import MOST_ROWS, Concentrated

commands = typer.Typer()

Tables = Annotated[
    list[str], typer.Option("--table", help="Only this table; may be repeated. Else all.")
]


@commands.command("tables")
def tables(context: typer.Context, as_json: AsJson = False) -> None:
    """List the tables of facts that there are. Example: corridor supply-chain tables."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(SupplyChain).tables(view)
    if as_json:
        show_json([{"name": t.name, **_counts(t), **_terms(t)} for t in found.values()])
        return
    show_table(
        "Tables",
        ("table", "title", "inputs", "provisions", "with a figure", "dependencies", "licence"),
        [(t.name, t.title, *list(_counts(t).values()), t.licence) for t in found.values()],
    )
    for table in found.values():
        for each in table.left_out:
            out.print(f"{table.name}, left out: {each}.", highlight=False)


def _counts(table: Table) -> dict[str, int]:
    return {
        "inputs": len(table.inputs),
        "provisions": len(table.provisions),
        "with_a_figure": sum(each.is_known for each in table.provisions),
        "dependencies": len(table.dependencies),
    }


def _terms(table: Table) -> dict[str, object]:
    return {"title": table.title, "licence": table.licence, "left_out": list(table.left_out)}


@commands.command("import")
def import_table(
    context: typer.Context,
    layout: Annotated[Layout, typer.Argument(help="The layout of the files.")],
    place: Annotated[Path, typer.Argument(help="The file or folder.")],
    name: Annotated[str, typer.Option(help="What to call the table.")],
    licence: Annotated[str | None, typer.Option(help="Its terms, where known.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take in a table of facts, whole or not at all; it is kept as a record that stays here.

    Example: corridor supply-chain import eto eto/ --name eto
    """
    runtime = runtime_of(context)
    service = runtime.service(SupplyChain)
    with runtime.store.transaction("operator") as tx:
        known = service.graph(tx, [each for each in service.tables(tx) if each != name])
        table = read(layout, place, name, service.clock, known, licence, 2 * MOST_ROWS)
        service.take_in(tx, table)
    if as_json:
        show_json({"name": table.name, "record": table.id, **_counts(table), **_terms(table)})
        return
    counts = _counts(table)
    out.print(
        f"Took in {table.name}: {counts['inputs']} inputs, {counts['provisions']} provisions "
        f"({counts['with_a_figure']} with a figure), {counts['dependencies']} dependencies.",
        highlight=False,
    )
    for each in table.left_out:
        out.print(f"Left out: {each}.", highlight=False)


@commands.command("inputs")
def inputs(
    context: typer.Context,
    layer: Annotated[Layer | None, typer.Option(help="Only this layer.")] = None,
    table: Tables = [],  # noqa: B006  Typer makes a new list for every call
    as_json: AsJson = False,
) -> None:
    """List the inputs that are known. Example: corridor supply-chain inputs --layer material."""
    with runtime_of(context).store.view() as view:
        graph = graph_here(runtime_of(context), view, table)
    found = [each for each in graph.inputs.values() if layer in (None, each.layer)]
    if as_json:
        show_json([each.model_dump() for each in found])
        return
    show_table(
        "Inputs",
        ("input", "title", "layer", "sector", "providers", "needs"),
        [
            (
                each.id,
                each.title,
                each.layer,
                each.sector or "",
                len({p.actor for p in graph.provisions.get(each.id, ())}),
                len(graph.needs.get(each.id, ())),
            )
            for each in found
        ],
    )


@commands.command("show")
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="INPUT", help="The input.")],
    table: Tables = [],  # noqa: B006  Typer makes a new list for every call
    as_json: AsJson = False,
) -> None:
    """Show who provides an input and what it needs, each with its source.

    Example: corridor supply-chain show hbm
    """
    with runtime_of(context).store.view() as view:
        graph = graph_here(runtime_of(context), view, table)
    found = graph.input(name)
    provisions, needs = graph.provisions.get(found.id, ()), graph.needs.get(found.id, ())
    if as_json:
        show_json(
            {
                **found.model_dump(),
                "provisions": [p.model_dump() for p in provisions],
                "needs": [d.model_dump() for d in needs],
                "kinds": list(graph.kinds.get(found.id, ())),
                "sources": [
                    graph.citations[source].model_dump()
                    for source in sorted({each.source for each in (*provisions, *needs)})
                ],
            }
        )
        return
    show_table(
        f"{found.title}: who provides it",
        ("who", "country", "share", "of", "year", "source"),
        [_provision_row(graph, each) for each in provisions],
    )
    show_table(
        f"{found.title}: what it needs",
        ("input", "essential", "alternative", "source"),
        [
            (each.input, ("no", "partly", "yes")[each.essentiality], each.alternative or "", src)
            for each in needs
            for src in (_cited(graph, each.source),)
        ],
    )


def _provision_row(graph: Graph, each: Provision) -> tuple[object, ...]:
    actor = graph.actors[each.actor]
    share = f"{each.share:g}" if each.share is not None else None
    if share is None and each.is_known:
        share = "{:g} to {:g}".format(*each.bounds)
    source = _cited(graph, each.source)
    return actor.title, actor.country, share, each.basis or "", each.year or "", source


def _cited(graph: Graph, source: str) -> str:
    cited = graph.citations[source]
    return f"{cited.title}, as reported by {cited.via}" if cited.via else cited.title


@commands.command("concentration")
def concentrated(
    context: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="[INPUT]...", help="Which; else all that have shares.")
    ] = [],  # noqa: B006  Typer makes a new list for every call
    by: Annotated[By | None, typer.Option(help="By provider or by country.")] = None,
    basis: Annotated[Basis | None, typer.Option(help="Only shares on this basis.")] = None,
    ask: Annotated[
        bool, typer.Option("--criteria", help="Also Japan's four tests and the EU's supply risk.")
    ] = False,
    home: Annotated[str | None, typer.Option(help="Who asks by these criteria.")] = None,
    criticality: Annotated[
        Path | None, typer.Option(help="A YAML file with what supply risk needs beside shares.")
    ] = None,
    table: Tables = [],  # noqa: B006  Typer makes a new list for every call
    as_json: AsJson = False,
) -> None:
    """Show how concentrated the supply of inputs is, as intervals, each with its source.

    Example: corridor supply-chain concentration gallium --criteria --home JP
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        graph = graph_here(runtime, view, table)
    found = runtime.service(SupplyChain).concentrated(graph, names, by, basis)
    known = read_criticality(criticality) if criticality else None
    asked = criteria(graph, names, home, list(library().values()), known) if ask else []
    if as_json:
        plain = [each.model_dump() for each in found]
        more = {"concentration": plain, "criteria": [each.model_dump() for each in asked]}
        show_json(more if ask else plain)
        return
    _show_concentration(graph, found, names)
    if ask:
        show_criteria(asked)


def _show_concentration(graph: Graph, found: list[Concentrated], names: list[str]) -> None:
    shown = found if names else [each for each in found if each.type is not None]
    show_table(
        "Concentration",
        ("input", "by", "HHI", "suppliers", "largest", "share", "known", "basis", "year", "source"),
        [_concentration_row(graph, each) for each in shown],
    )
    for each in shown:
        for note in each.figures.notes:
            out.print(f"{each.input} ({each.basis}, {each.year}): {note}.", highlight=False)
    if left := len(found) - len(shown):
        out.print(f"{left} inputs have providers and no known share.", highlight=False)


def _concentration_row(graph: Graph, each: Concentrated) -> tuple[object, ...]:
    f = each.figures
    hhi = f"{f.hhi.low:,.0f} to {f.hhi_tighter:,.0f} ({f.hhi.high:,.0f})"
    most = "no bound" if f.suppliers_most is None else f"{f.suppliers_most:.1f}"
    top = graph.actors[f.top].title if f.top and f.top in graph.actors else f.top
    largest = f"{f.top_share.low:g} to {f.top_share.high:g}"
    source = _cited(graph, each.source.id) if each.source else ""
    row = (each.input, f.by, hhi, f"{f.suppliers:.1f} to {most}", top, largest)
    return (*row, f"{f.covered:g} %", each.basis, each.year, source)


def graph_here(runtime: Runtime, view: View, tables: list[str]) -> Graph:
    """Return the graph of all tables, or of those that are named."""
    return runtime.service(SupplyChain).graph(view, tables)
