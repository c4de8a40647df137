"""`corridor supply-chain chokepoints`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain.commands.facts import Tables, graph_here
from corridor.supply_chain.rules.chokepoints import Of, Thin
from corridor.supply_chain.service.thinness import (
    Exposure,
    LeastSet,
    Thinness,
    thin_inputs,
    thinness,
)

commands = typer.Typer()
SHOWN, WAYS = 15, 2


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
    if name is None:
        few = thin_inputs(graph)
        show_json([each.model_dump() for each in few]) if as_json else _show_thin(few)
        return
    found = thinness(graph, name, of, part, seconds)
    show_json(found.model_dump()) if as_json else _show(found)


def _show(found: Thinness) -> None:
    if found.thin:
        _show_thin(found.thin)
    else:
        out.print(
            f"Nothing that {found.input} needs essentially is known to have few providers; what only "
            "lessens it is not looked at here: `chokepoints` by itself lists all.",
            highlight=False,
        )
    out.print(
        f"Each alone stops it: {', '.join(found.single_points) or 'nothing'}.", highlight=False
    )
    _show_sets(found)
    show_table(
        f"Exposure of {found.input} by {found.of}",
        (found.of, "at least", "at most", "median", "ways, whole ones first"),
        [_exposure_row(each) for each in found.exposure[:SHOWN]],
    )
    if left := len(found.exposure) - SHOWN:
        out.print(f"{max(0, left)} more are in --json.", highlight=False)
    if found.homeless:
        out.print(
            f"Nobody has said where these are at home: {', '.join(found.homeless)}. Any country may be "
            "theirs: in a set each counts as one of its own.",
            highlight=False,
        )


def _show_sets(found: Thinness) -> None:
    of = {"country": "countries", "supplier": "suppliers"}[found.of]
    if found.unsolved:
        out.print(f"{found.unsolved} Give more time with --seconds.", highlight=False)
    elif not found.cuts:
        out.print(
            f"No {of} that are known stop {found.input} together: for what it needs essentially nobody is "
            "known, or something can stand in.",
            highlight=False,
        )
    else:
        show_table(
            f"Smallest sets of {of} whose loss stops {found.input}, where an input stops once "
            f"{found.part:.0%} of what is known of it is lost",
            ("lost", "smallest", "begins at", "stops"),
            [_set_row(each, found.seconds) for each in found.cuts],
        )


def _set_row(each: LeastSet, seconds: float) -> tuple[str, ...]:
    smallest = "proved" if each.exact else f"at least {each.bound}; {seconds:g} s were over"
    begins = "; ".join(f"{at.input}, {_known(at.covered)}" for at in each.at_source)
    return ", ".join(each.lost), smallest, begins, ", ".join(each.stops)


def _known(covered: float | None) -> str:
    return "no share is known" if covered is None else f"{covered:.3g} % is known"


def _exposure_row(each: Exposure) -> tuple[str, ...]:
    shown = [" > ".join(way.path) + ("" if way.whole else " (in part)") for way in each.ways[:WAYS]]
    more = [f"and {len(each.ways) - WAYS} more"] if len(each.ways) > WAYS else []
    figures = (f"{each.low:.0%}", f"{each.high:.0%}", f"{each.median:.0%}")
    return each.who, *figures, "\n".join([*shown, *more])


def _show_thin(few: Sequence[Thin]) -> None:
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
