"""`corridor drill plan`, `predictions` and `contradictions`: what a loss will leave, from records."""

from collections.abc import Sequence
from typing import Annotated

import typer

from corridor.core.errors import Invalid
from corridor.core.records import Visibility
from corridor.drills.commands.foreseeing import show_all, show_prediction
from corridor.drills.commands.showing import check_of_a_scenario, figure_in_line, pair_in
from corridor.drills.records import Prediction
from corridor.drills.service import Asked, Drills, Planning
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain import Scenario, library, scenario_named

commands = typer.Typer()
Wanted = Annotated[str, typer.Argument(metavar="PREDICTION", help="Its id, or its beginning.")]


@commands.command("plan")
def plan(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO...", help="Of the library, or YAML files."),
    ] = None,
    withdraw: Annotated[
        str | None, typer.Option(help="Instead of a scenario: a supplier that withdraws.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="The whole library, in one table.")] = False,
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    set_: Annotated[list[str], typer.Option("--set", help="country=US; may be repeated.")] = [],  # noqa: B006  Typer makes a new list for every call
    home: Annotated[str | None, typer.Option(help="From where it is asked: IN.")] = None,
    day: Annotated[
        float | None,
        typer.Option(
            min=0, help="Only what is gone on this day of the scenario, not all of it at once."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 0,
    keep: Annotated[
        bool, typer.Option("--keep", "--sign", help="Sign the prediction and keep it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Keep nothing, from records alone: a plan's default.")
    ] = False,
    visibility: Annotated[Visibility, typer.Option(help="Of a kept one.")] = "internal",
    as_json: AsJson = False,
) -> None:
    """Foretell what a loss will leave of each service in each language. Nothing has to run.

    Example: corridor drill plan model-withdrawn --set country=US --home IN --keep

    Another: corridor drill plan --withdraw overseas-vendor --service helpline

    The worst of several, or of the whole library with --all: corridor drill plan --all --home IN
    """
    many = every or len(names or ()) > 1
    if keep and (dry_run or many):
        raise Invalid(
            f"--keep does not go with {'--dry-run' if dry_run else 'several scenarios'}.",
            hint="Keep the prediction of one scenario.",
        )
    if many and day is not None:
        raise Invalid("--day is of one scenario.", hint="Name one, without --all.")
    if sum((bool(names), withdraw is not None, every)) != 1:
        raise Invalid(
            "Say what is lost: a SCENARIO, or --withdraw SUPPLIER, or --all.",
            hint="`corridor supply-chain scenarios` lists the library.",
        )
    check_of_a_scenario(withdraw, set_, home=home, day=day)
    runtime = runtime_of(context)
    asked = Asked(dict(map(pair_in, set_)), home, service, seed, day)
    if many:
        chosen = list(library().values()) if every else [scenario_named(e) for e in names or ()]
        _several(runtime, chosen, asked, as_json=as_json)
        return
    found = _one(runtime, names[0] if names else None, withdraw, asked)
    if keep:
        with runtime.store.transaction("operator") as tx:
            found = runtime.service(Planning).keep(tx, found, visibility)
    if as_json:
        show_json({**found.model_dump(mode="json"), "record": found.id if keep else None})
        return
    show_prediction(found)
    out.print(
        f"Kept as {found.id}." if keep else "Nothing is kept; --keep signs and keeps it.",
        highlight=False,
    )


@commands.command("predictions")
def predictions(context: typer.Context, as_json: AsJson = False) -> None:
    """List the predictions that were kept. Example: corridor drill predictions."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Planning).predictions(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Kept predictions",
        ("record", "when", "scenario", "worst continuity"),
        [
            (each.id[:12], f"{each.made_at:%Y-%m-%d %H:%M}", each.scenario.name, _worst(each))
            for each in found
        ],
    )


@commands.command("contradictions")
def contradictions(
    context: typer.Context,
    prediction: Wanted,
    drill: Annotated[str, typer.Argument(metavar="DRILL", help="A drill's id, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """Show where a drill measured otherwise than was foretold. Example: corridor drill contradictions 3f2a 9b1c."""
    runtime = runtime_of(context)
    planning = runtime.service(Planning)
    with runtime.store.view() as view:
        foretold = planning.prediction(view, prediction)
        measured = runtime.service(Drills).result(view, drill)
    found = planning.contradictions(foretold, measured)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        out.print("Nothing that was measured contradicts what was foretold.")
        return
    show_table(
        "Contradicted: the model or the evidence is wrong",
        ("service", "language", "foretold", "measured", "why"),
        [
            (
                each.service,
                each.language,
                figure_in_line(each.foretold),
                figure_in_line(each.measured),
                each.why,
            )
            for each in found
        ],
    )


def _one(runtime: Runtime, name: str | None, supplier: str | None, asked: Asked) -> Prediction:
    planning = runtime.service(Planning)
    with runtime.store.view() as view:
        planning.reader.decider.refresh(view)
        if supplier is not None:
            return planning.plan_without(view, supplier, asked)
        return planning.plan(view, scenario_named(name or ""), asked)


def _several(
    runtime: Runtime, scenarios: Sequence[Scenario], asked: Asked, *, as_json: bool
) -> None:
    planning = runtime.service(Planning)
    with runtime.store.view() as view:
        planning.reader.decider.refresh(view)
        found = planning.plan_all(view, scenarios, asked)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    show_all(found)


def _worst(found: Prediction) -> str:
    least = found.overall.worst
    return (
        "unknown"
        if least is None
        else f"{figure_in_line(least.continuity)} ({least.service}, {least.language})"
    )
