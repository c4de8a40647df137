"""`corridor supply-chain firms`: the static engine, on a network of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, errors, out, show_json, show_table
from corridor.supply_chain.commands.shocks import pair
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.records import FirmsQuestion, FirmsResult

commands = typer.Typer()


@commands.command("firms")
def firms(
    links: Annotated[Path, typer.Argument(help="CSV or Parquet: supplier, buyer, sales.")],
    firms: Annotated[Path, typer.Option(help="The same: firm, sector, final_demand, value_added.")],
    essentiality: Annotated[
        Path | None, typer.Option(help="The same, by sector: input, into, kind (0, 1 or 2).")
    ] = None,
    otherwise: Annotated[
        int, typer.Option(min=0, max=2, help="How essential an input is of which no row says so.")
    ] = 1,
    fail: Annotated[list[str], typer.Option(help="FIRM=PER CENT; else each fails in turn.")] = [],  # noqa: B006  Typer makes a new list for every call
    substitution: Annotated[
        bool, typer.Option("--substitution", help="Firms of a sector stand in for each other.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="The loss of an essential input counts in full.")
    ] = False,
    tolerance: Annotated[float, typer.Option(help="A loss that grows by less ends.")] = 1e-6,
    horizon: Annotated[int, typer.Option(min=1, help="Steps after which it ends.")] = 10_000,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Firms to show.")] = 15,
    as_json: AsJson = False,
) -> None:
    """Follow the failure of firms along their links, up and down: who puts how much at risk (ESRI).

    Example: corridor supply-chain firms links.csv --firms firms.csv --fail acme=100
    """
    # Only here: NumPy and Numba are not taken in by what starts often.
    from corridor.supply_chain.adapters.firm_tables import read
    from corridor.supply_chain.service.firms import ran

    question = FirmsQuestion(
        fail=dict(_failing(each) for each in fail),
        substitution=substitution,
        strict=strict,
        tolerance=_tolerance(tolerance),
        horizon=horizon,
        most=most,
    )
    found = read(links, firms, essentiality, otherwise, strict=strict)
    with errors.status("failing") as status:
        result = ran(found, question, status.update)
    if as_json:
        show_json(result.model_dump(mode="json"))
        return
    _show(result)


def _failing(text: str) -> tuple[str, float]:
    name, value = pair(text)
    try:
        lost = float(value)
    except ValueError as error:
        raise BadScenario(f"{value!r}, what {name} loses, is no number.") from error
    if not 0 <= lost <= 100:
        raise BadScenario(f"{name} cannot lose {value} per cent.")
    return name, lost


def _tolerance(stated: float) -> float:
    if not 0 < stated <= 1e-6:
        hint = "Write 1e-6 or less: with a larger one, losses in circles end far too early."
        raise BadScenario(f"A tolerance of {stated:g} is none.", hint=hint)
    return stated


def _show(result: FirmsResult) -> None:
    if result.index is None:
        show_table(
            "Firms by what they put at risk by failing alone",
            ("firm", "sector", "at risk", "for want of inputs", "for want of buyers"),
            [
                (each.firm, each.sector, f"{each.index:.2%}", f"{each.down:.2%}", f"{each.up:.2%}")
                for each in result.at_risk
            ],
        )
    else:
        show_table(
            "Firms by what they lose",
            ("firm", "sector", "for want of inputs", "for want of buyers"),
            [
                (each.firm, each.sector, f"{each.down:.2%}", f"{each.up:.2%}")
                for each in result.losses
            ],
        )
        out.print(f"Lost of all: {result.index:.2%}.", highlight=False)
    end = "settled" if result.settled else "not settled, the horizon came first"
    out.print(
        f"{result.firms:,} firms, {result.links:,} links, {result.links_touched:,} touched; "
        f"tolerance {result.tolerance:g}, horizon {result.horizon:,} steps: {end}.",
        highlight=False,
    )
    for note in result.notes:
        out.print(f"Note: {note}.", highlight=False)
