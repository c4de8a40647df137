"""`corridor supply-chain chokepoints`."""

from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain.commands.facts import Tables, graph_here
from corridor.supply_chain.rules.chokepoints import Of, Thin
from corridor.supply_chain.service.thinness import cuts, exposures, points, thin_inputs

commands = typer.Typer()
SHOWN = 15


@commands.command("chokepoints")
def chokepoints(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[INPUT]", help="A service or input; else all.")
    ] = None,
    of: Annotated[
        Of, typer.Option(help="Sets and exposure of countries or of suppliers.")
    ] = "country",
    part: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="An input stops if this part of what is known is lost."),
    ] = 1.0,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time limit of each search.")] = 10.0,
    table: Tables = [],  # noqa: B006  Typer makes a new list for every call
    as_json: AsJson = False,
) -> None:
    """Show where a service is thin: few providers, single points, smallest sets, exposure.

    Example: corridor supply-chain chokepoints data-centre-accelerators --part 0.65
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        graph = graph_here(runtime, view, table)
    few = thin_inputs(graph, name)
    if name is None:
        show_json([each.model_dump() for each in few]) if as_json else _show_thin(few)
        return
    alone = points(graph, name)
    sets = cuts(graph, name, of, part, seconds=seconds)
    exposed = exposures(graph, name, of)
    if as_json:
        show_json(
            {
                "input": name,
                "thin": [each.model_dump() for each in few],
                "single_points": alone,
                "part": part,
                "cuts": [each.model_dump() for each in sets],
                "exposure": [each.model_dump() for each in exposed],
            }
        )
        return
    _show_thin(few)
    out.print(f"Each alone stops it: {', '.join(alone) or 'nothing'}.", highlight=False)
    show_table(
        f"Smallest sets (by {of}) whose loss stops {name}, {part:.0%} of what is known of an input",
        ("lost", "smallest", "stops"),
        [
            (", ".join(c.lost), "proved" if c.exact else f"at least {c.bound}", ", ".join(c.stops))
            for c in sets
        ],
    )
    show_table(
        f"Exposure of {name} by {of}",
        (of, "at least", "at most", "by the worst way"),
        [(e.who, f"{e.low:.0%}", f"{e.high:.0%}", " > ".join(e.path)) for e in exposed[:SHOWN]],
    )


def _show_thin(few: list[Thin]) -> None:
    show_table(
        "Inputs that few provide",
        ("input", "largest", "share", "left without it (N-1)", "why"),
        [
            (
                each.input,
                each.top,
                f"{each.top_share.low:g} to {each.top_share.high:g} %",
                f"{each.without.low:.0%} to {each.without.high:.0%}",
                each.why,
            )
            for each in few
        ],
    )
