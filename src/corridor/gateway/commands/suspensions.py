"""Suspensions on the command line."""

from datetime import timedelta
from typing import Annotated

import typer

from corridor.core.errors import NotFound
from corridor.edge.terminal import out, runtime_of
from corridor.gateway.service import Gateway

commands = typer.Typer()


@commands.command("suspend")
def suspend(
    context: typer.Context,
    supplier: Annotated[str, typer.Argument(help="A supplier of the catalogue.")],
    hours: Annotated[float, typer.Option(min=0.001, help="For how long at most.")] = 24,
    reason: Annotated[str, typer.Option(help="Why.")] = "suspended by the operator",
) -> None:
    """Send no request to a supplier's providers for a while. Example: corridor gateway suspend x."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        made = runtime.service(Gateway).suspend(tx, supplier, timedelta(hours=hours), reason)
    out.print(f"No request goes to {supplier} until {made.until:%Y-%m-%d %H:%M:%S} UTC.")


@commands.command("lift")
def lift(
    context: typer.Context,
    supplier: Annotated[str, typer.Argument(help="A suspended supplier.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "lifted by the operator",
) -> None:
    """End a supplier's suspensions before their time. Example: corridor gateway lift x."""
    runtime = runtime_of(context)
    gateway = runtime.service(Gateway)
    with runtime.store.transaction("operator") as tx:
        found = [s for s in gateway.suspensions(tx) if s.supplier == supplier]
        if not found:
            raise NotFound(f"{supplier!r} is not suspended.", hint="Nothing needs to be lifted.")
        for suspension in found:
            gateway.lift(tx, suspension, reason)
    out.print(f"Requests go to {supplier} again.")
