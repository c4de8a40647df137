"""`corridor supply-chain industries` and `economies`: the engine in time, on a table of pymrio's."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain.adapters.events import events_in, schema
from corridor.supply_chain.errors import BadScenario
from corridor.supply_chain.records import (
    ECONOMIES_FOLDER,
    EconomyQuestion,
    EconomyResult,
    Figure,
    bounds,
)

if TYPE_CHECKING:  # NumPy and Numba are taken in only where the command runs
    from corridor.supply_chain.adapters.economies import Economies
    from corridor.supply_chain.adapters.mrio import Mrio

commands = typer.Typer()
group = typer.Typer(help="Input-output tables that are kept here.", no_args_is_help=True)
commands.add_typer(group, name="economies")
SHOWN = 15
EACH = "REGION/SECTOR=PER CENT, or LOW..HIGH; may be repeated."


@commands.command("industries")
def industries(
    context: typer.Context,
    table: Annotated[
        str | None, typer.Argument(help="A folder that pymrio saved, or a kept economy.")
    ] = None,
    lose: Annotated[list[str], typer.Option(help=f"Lost of capacity: {EACH}")] = [],  # noqa: B006  Typer makes a new list for every call
    destroy: Annotated[list[str], typer.Option(help=f"Destroyed of capital: {EACH}")] = [],  # noqa: B006  Typer makes a new list for every call
    rebuilt_by: Annotated[list[str], typer.Option(help="SECTOR=PART of the rebuilding.")] = [],  # noqa: B006  Typer makes a new list for every call
    dearer: Annotated[list[str], typer.Option(help=f"Dearer: {EACH}")] = [],  # noqa: B006  Typer makes a new list for every call
    start: Annotated[int, typer.Option(min=0, help="The first day of it.")] = 1,
    whole: Annotated[
        str, typer.Option("--for", help="Days in which it is whole, or LOW..HIGH.")
    ] = "30",
    recovery: Annotated[str, typer.Option(help="Days until all is back, or LOW..HIGH.")] = "60",
    curve: Annotated[
        str, typer.Option(help="How it comes back: linear, fast first, slow first, s.")
    ] = "linear",
    events: Annotated[
        Path | None, typer.Option(help="A YAML file of more events, each with days of its own.")
    ] = None,
    schema_: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a file of events.")
    ] = False,
    within: Annotated[float, typer.Option(min=1, help="Days within which is rebuilt.")] = 60.0,
    held: Annotated[str, typer.Option(help="Days for which inputs are held.")] = "90",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days in all.")] = 365,
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="Where figures are ranges.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Run an economy day by day while industries have lost capacity or capital, or are dearer.

    Example: corridor supply-chain industries mrio --lose reg1/mining=40..60 --for 30 --recovery 60

    Several that begin on days of their own: corridor supply-chain industries mrio --events my.yaml
    """
    if schema_:
        show_json(schema())
        return
    if table is None:
        raise BadScenario("No economy is named.", hint="A folder, or one of `economies list`.")
    # Only here: NumPy and Numba are not taken in by what starts often.
    from corridor.supply_chain.service.industries import figure_in, ran

    question = _question(
        {
            "lose": _parts(lose),
            "destroy": _parts(destroy),
            "dearer": _parts(dearer),
            "rebuilt_by": _parts(rebuilt_by),
            "start": start,
            "whole": figure_in(whole),
            "recovery": figure_in(recovery),
            "curve": curve,
            "events": events_in(events) if events else (),
            "within": within,
            "held": figure_in(held),
            "days": days,
            "draws": draws,
            "seed": seed,
        }
    )
    found = ran(_economy(context, table), question)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    _show(found)
    _show_beginnings(question)


def _question(values: dict[str, object]) -> EconomyQuestion:
    try:
        return EconomyQuestion.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        said = f"{place}: {message}." if place else f"{message}."
        raise BadScenario(said[0].upper() + said[1:], hint="See `industries --help`.") from error


def _economy(context: typer.Context, table: str) -> "Mrio":
    from corridor.supply_chain.adapters.mrio import read

    folder = Path(table)
    return read(folder) if folder.is_dir() else _kept(runtime_of(context)).named(table)


def _kept(runtime: Runtime) -> "Economies":
    from corridor.supply_chain.adapters.economies import Economies

    return Economies(runtime.home / ECONOMIES_FOLDER)


def _parts(texts: Sequence[str]) -> dict[str, Figure]:
    from corridor.supply_chain.service.industries import figure_in

    found: dict[str, Figure] = {}
    for text in texts:
        name, equals, part = text.rpartition("=")
        if not equals:
            raise BadScenario(f"{text!r} says no part.", hint="Write it as reg1/mining=50.")
        found[name] = figure_in(part)
    return found


def _show(found: EconomyResult) -> None:
    order = sorted(found.least, key=lambda name: (found.least[name], name))[:SHOWN]
    show_table(
        "Industries by their worst day",
        ("industry", "least", "on day", "dearer"),
        [
            (name, f"{found.least[name]:.1%}", found.worst_day[name], f"{found.dearer.get(name, 0):.1%}")
            for name in order
        ],
    )  # fmt: skip
    least = min(found.total)
    out.print(
        f"All that is made: {least:.2%} of usual on day {found.total.index(least)}; "
        f"{found.days_lost:.2f} days of it lost in {found.horizon}. Consumers did not get "
        f"{found.days_unmet:.2f} days of what they order; what they buy is "
        f"{found.consumers_dearer:.2%} dearer.",
        highlight=False,
    )
    if max(found.damage) > 0:
        out.print(
            f"Destroyed: {max(found.damage):,.0f}; {found.damage[-1]:,.0f} not yet rebuilt.",
            highlight=False,
        )
    if found.draws > 1:
        lost = found.spread["days_lost"]
        out.print(
            f"Medians of {found.draws} draws, seed {found.seed}; days lost {lost.p5:.2f} to "
            f"{lost.p95:.2f} in 90 of 100.",
            highlight=False,
        )


def _show_beginnings(question: EconomyQuestion) -> None:
    """Print what begins when, where not all does at once; and what is left out."""
    every = sorted(question.every, key=lambda each: each.start)
    for each in every if question.events else ():
        kinds = (("lost", each.lose), ("destroyed", each.destroy), ("dearer", each.dearer))
        what = ", ".join(
            f"{_between(part)} % {kind} of {name}" if kind != "dearer" else f"{name} {_between(part)} % dearer"
            for kind, parts in kinds
            for name, part in parts.items()
        )  # fmt: skip
        lasts = f"whole for {_between(each.whole)} days, back within {_between(each.recovery)} more"
        late = "" if each.start < question.days else "; left out, for it is after the last day"
        out.print(f"From day {each.start}: {what}; {lasts}{late}.", highlight=False)


def _between(figure: Figure) -> str:
    low, high = bounds(figure)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


@group.command("keep")
def keep(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="With Z and Y, as pymrio saves them.")],
    name: Annotated[str, typer.Option(help="What to call it.")],
    as_json: AsJson = False,
) -> None:
    """Keep an input-output table, so that it can be named, over HTTP too.

    Example: corridor supply-chain economies keep exiobase/ --name exiobase
    """
    from corridor.supply_chain.adapters.mrio import read

    mrio = read(folder)
    _kept(runtime_of(context)).keep(name, mrio)
    if as_json:
        show_json({"name": name, "industries": mrio.economy.size, "left_out": mrio.left_out})
        return
    out.print(f"Kept {name}: {mrio.economy.size} industries.", highlight=False)
    for each in mrio.left_out:
        out.print(f"Left out: {each}.", highlight=False)


@group.command("list")
def list_economies(context: typer.Context, as_json: AsJson = False) -> None:
    """List the tables that are kept. Example: corridor supply-chain economies list."""
    names = _kept(runtime_of(context)).names()
    if as_json:
        show_json(names)
        return
    show_table("Economies", ("name",), [(name,) for name in names])
