"""Services and routes on the command line."""

from typing import Annotated

import typer

from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.gateway.service import Gateway

commands = typer.Typer()


@commands.command("services")
def services(context: typer.Context, as_json: AsJson = False) -> None:
    """List services with their routes. Example: corridor gateway services."""
    runtime = runtime_of(context)
    gateway = runtime.service(Gateway)
    with runtime.store.view() as view:
        found, routes = gateway.services(view), gateway.routes(view)
    rows = [
        {
            "service": s.name,
            "title": s.title,
            "languages": list(s.languages),
            "route": list(routes[s.name].providers) if s.name in routes else [],
        }
        for s in found.values()
    ]
    if as_json:
        show_json(rows)
        return
    show_table(
        "Services",
        ("service", "title", "languages", "route, in order"),
        [
            (r["service"], r["title"], ", ".join(r["languages"]), " → ".join(r["route"]) or "none")
            for r in rows
        ],
    )


@commands.command("offer")
def offer(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What callers write as `model`.")],
    title: Annotated[str, typer.Option(help="What people call it.")],
    language: Annotated[list[str], typer.Option(help="BCP-47 with script; may be repeated.")],
) -> None:
    """Offer a service. Example: corridor gateway offer helpline --title Helpline --language hi-Deva."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        service = runtime.service(Gateway).offer(tx, name, title, language)
    out.print(f"{service.name} is offered in {', '.join(service.languages)}.")


@commands.command("route")
def route(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service.")],
    providers: Annotated[list[str], typer.Argument(help="Providers, the preferred one first.")],
) -> None:
    """Set a service's providers in order. Example: corridor gateway route helpline vendor own."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        kept = runtime.service(Gateway).route(tx, service, providers)
    out.print(f"{service}: {' → '.join(kept.providers)}")
