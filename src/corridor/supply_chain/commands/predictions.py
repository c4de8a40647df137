"""`corridor supply-chain predictions`: shocks that were signed and kept."""

from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.supply_chain.commands.shocks import show_losses, show_rises
from corridor.supply_chain.records import ShockResult
from corridor.supply_chain.service import SupplyChain
from corridor.supply_chain.service.results import again, result, results

commands = typer.Typer()
group = typer.Typer(help="Shocks that were signed and kept.", no_args_is_help=True)
commands.add_typer(group, name="predictions")
Wanted = Annotated[str, typer.Argument(metavar="RECORD", help="The record's id, or its beginning.")]


@group.command("list")
def list_predictions(context: typer.Context, as_json: AsJson = False) -> None:
    """List the shocks that were kept, own ones and partners'.

    Example: corridor supply-chain predictions list
    """
    with runtime_of(context).store.view() as view:
        found = results(view)
    if as_json:
        show_json(
            [
                {"entry": entry.model_dump(mode="json"), "shock": each.model_dump(mode="json")}
                for entry, each in found
            ]
        )
        return
    show_table(
        "Kept shocks",
        ("record", "issuer", "when", "scenarios", "services", "most lost by one"),
        [
            (
                each.id[:12],
                entry.issuer,
                f"{each.made_at:%Y-%m-%d %H:%M}",
                ", ".join(scenario.name for scenario in each.scenarios),
                len(each.services),
                f"{max((loss.high for loss in each.services), default=0.0):.0%}",
            )
            for entry, each in found
        ],
    )


@group.command("show")
def show(context: typer.Context, record: Wanted, as_json: AsJson = False) -> None:
    """Show a kept shock, with what it rests on.

    Example: corridor supply-chain predictions show 3f2a
    """
    with runtime_of(context).store.view() as view:
        found = result(view, record)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    show_losses(_title(found), (*found.services, *found.losses))
    if found.prices:
        show_rises("Dearer", found.prices)
    for each in found.tables:
        out.print(f"Table {each.name}, sha256 {each.sha256} ({each.licence}).", highlight=False)
    for each in found.scenarios:
        out.print(f"Scenario {each.name}, sha256 {each.sha256}.", highlight=False)
    out.print(
        f"{found.engine_version}; {found.draws} draws, seed {found.seed}; tolerance "
        f"{found.tolerance:g}, horizon {found.horizon} rounds"
        f"{'' if found.settled else ', not settled'}; {found.visibility}.",
        highlight=False,
    )


@group.command("repeat")
def repeat(context: typer.Context, record: Wanted, as_json: AsJson = False) -> None:
    """Compute a kept shock again from the same facts, and say whether the same comes out.

    Example: corridor supply-chain predictions repeat 3f2a
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = result(view, record)
        compared = again(runtime.service(SupplyChain), view, found)
    if as_json:
        show_json(compared.model_dump(mode="json"))
        return
    differing = ", ".join(compared.differing)
    out.print("The same comes out." if compared.same else f"Otherwise: {differing}.")


def _title(found: ShockResult) -> str:
    home = f" for {found.home}" if found.home else ""
    return f"Lost by {' and '.join(each.name for each in found.scenarios)}{home}"
