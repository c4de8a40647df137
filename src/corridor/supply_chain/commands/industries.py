"""`corridor supply-chain industries`: the engine in time, on a table that pymrio has saved."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridor.edge.terminal import AsJson, out, show_json, show_table
from corridor.supply_chain.errors import BadScenario

if TYPE_CHECKING:  # NumPy and Numba are taken in only where the command runs
    from corridor.supply_chain.adapters.mrio import Mrio
    from corridor.supply_chain.rules.industries.course import Course

commands = typer.Typer()
SHOWN = 15


@commands.command("industries")
def industries(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="With Z.txt and Y.txt, as pymrio saves them.")],
    lose: Annotated[list[str], typer.Option(help="REGION/SECTOR=PER CENT; may be repeated.")],
    start: Annotated[int, typer.Option(min=0, help="The first day of it.")] = 1,
    lasting: Annotated[int, typer.Option("--for", min=1, help="Days in which it is whole.")] = 30,
    recovery: Annotated[int, typer.Option(min=0, help="Days until all is back.")] = 60,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days in all.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Run an economy day by day while industries have lost a part of their capacity.

    Example: corridor supply-chain industries mrio --lose reg1/mining=50 --for 30 --recovery 60
    """
    del context
    # Only here: NumPy and Numba are not taken in by what starts often.
    from corridor.supply_chain.adapters.mrio import read
    from corridor.supply_chain.rules.industries.course import Outage, course

    mrio = read(folder)
    losses = dict(_loss(mrio, text) for text in lose)
    found = course(mrio.economy, [Outage(losses, start, lasting, recovery)], days)
    if as_json:
        show_json(_plain(mrio, found))
        return
    least = found.made.min(axis=0) / found.output
    order = sorted(range(len(least)), key=lambda at: (float(least[at]), at))[:SHOWN]
    show_table(
        "Industries by their worst day",
        ("industry", "least", "on day"),
        [
            ("/".join(mrio.names[at]), f"{least[at]:.1%}", int(found.made[:, at].argmin()))
            for at in order
        ],
    )
    out.print(
        f"All that is made: {found.total.min():.2%} of usual on day {found.total.argmin()}; "
        f"{found.days_lost:.2f} days of it lost in {days}. Consumers did not get "
        f"{found.days_unmet:.2f} days of what they order.",
        highlight=False,
    )


def _loss(mrio: "Mrio", text: str) -> tuple[int, float]:
    name, _, part = text.rpartition("=")
    try:
        loss = float(part) / 100
    except ValueError as error:
        raise BadScenario(f"{text!r} is no loss.", hint="Write it as reg1/mining=50.") from error
    return mrio.industry(name), loss


def _plain(mrio: "Mrio", found: "Course") -> dict[str, object]:
    least = found.made.min(axis=0) / found.output
    return {
        "total": found.total.tolist(),
        "least": {
            "/".join(pair): float(each) for pair, each in zip(mrio.names, least, strict=True)
        },
        "days_lost": found.days_lost,
        "days_unmet": found.days_unmet,
    }
