"""Services and routes on the command line."""

from typing import Annotated

import typer

from corridor.access import Decider
from corridor.core.errors import Invalid
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.gateway.records import Audit, Requirement, Route
from corridor.gateway.records.services import DEFAULT_SUITE
from corridor.gateway.service import Gateway

commands = typer.Typer()


@commands.command("services")
def services(context: typer.Context, as_json: AsJson = False) -> None:
    """List services with their routes. Example: corridor gateway services."""
    runtime = runtime_of(context)
    gateway = runtime.service(Gateway)
    else_audit = "strict" if runtime.service(Decider).settings.strict_audit else "normal"
    with runtime.store.view() as view:
        found, routes, unmet = gateway.services(view), gateway.routes(view), gateway.unmet(view)
    rows = [
        {
            "service": s.name,
            "title": s.title,
            "languages": list(s.languages),
            "route": list(routes[s.name].providers) if s.name in routes else [],
            "reaches": shown_route(routes[s.name]) if s.name in routes else "none",
            "unmet": unmet.get(s.name, []),
            "audit": (routes[s.name].audit if s.name in routes else None) or else_audit,
        }
        for s in found.values()
    ]
    if as_json:
        show_json(rows)
        return
    show_table(
        "Services",
        ("service", "title", "languages", "route, in order", "audit"),
        [
            (r["service"], r["title"], ", ".join(r["languages"]), r["reaches"], r["audit"])
            for r in rows
        ],
    )
    for name, languages in unmet.items():
        out.print(f"Nobody meets the route of {name} in {', '.join(languages)} now.")


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
    providers: Annotated[
        list[str] | None, typer.Argument(help="Providers, the preferred one first.")
    ] = None,
    best: Annotated[
        bool, typer.Option("--best", help="The best in the caller's language, by evidence.")
    ] = False,
    suite: Annotated[str, typer.Option(help="With --best: on which suite.")] = DEFAULT_SUITE,
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="With --best: the score's lower bound is at least.")
    ] = 0.0,
    max_tier: Annotated[
        int | None, typer.Option(help="With --best: the risk tier is at most.")
    ] = None,
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="With --best: of these countries; may be repeated.")
    ] = None,
    max_price: Annotated[
        str | None, typer.Option(help="With --best: 400000:JPY, smallest units a million tokens.")
    ] = None,
    without_evidence: Annotated[
        str, typer.Option(help="With --best, providers without evidence: last or refuse.")
    ] = "refuse",
    default_language: Annotated[
        str | None, typer.Option(help="Assumed where nothing tells the caller's language.")
    ] = None,
    audit: Annotated[
        Audit | None,
        typer.Option(help="Whether a decision is durable first; without it, as the node does."),
    ] = None,
) -> None:
    """Set whom a service asks: these providers in order, or whoever is best by evidence.

    Example: corridor gateway route helpline vendor own

    Example: corridor gateway route helpline --best --min-score 0.3 --max-tier 2 --jurisdiction IN
    --jurisdiction JP --without-evidence last
    """
    names = tuple(providers or ())
    if not names and not best:
        raise typer.BadParameter("Name providers in order, or say --best.")
    requirement = None
    if best:
        requirement = Requirement.model_validate(
            {
                "among": names,
                "suite": suite,
                "min_score": min_score,
                "max_tier": max_tier,
                "jurisdictions": jurisdiction or (),
                "max_price": _ceiling(max_price),
                "without_evidence": without_evidence,
            }
        )
    runtime = runtime_of(context)
    gateway = runtime.service(Gateway)
    with runtime.store.transaction("operator") as tx:
        before = gateway.routes(tx).get(service)
        kept = gateway.route(
            tx,
            service,
            () if best else names,
            requirement=requirement,
            default_language=default_language,
            audit=audit,
        )
    out.print(f"{service}: {shown_route(kept)}{f', audit {kept.audit}' if kept.audit else ''}")
    if before is not None and before.audit and not kept.audit:
        out.print(f"Its audit was {before.audit}, and is as the node's from now on.")


@commands.command("order")
def order(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service.")],
    language: Annotated[
        str, typer.Option(help="BCP-47 with script; its default if not given.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say who would be asked now, in which order, why, and on which evidence.

    Example: corridor gateway order helpline --language ta-Taml
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        told, found = runtime.service(Gateway).order(view, service, language)
    places = [("asked", place) for place in found.places]
    places += [("not asked", place) for place in found.left_out]
    rows = [
        {
            "provider": place.provider.name,
            "asked": how == "asked",
            "why": place.why,
            "evidence": place.evidence.kept.entry.record_id if place.evidence else None,
            "issuer": place.evidence.kept.entry.issuer if place.evidence else None,
        }
        for how, place in places
    ]
    if as_json:
        show_json({"service": service, "language": told, "providers": rows})
        return
    show_table(
        f"{service} in {told}",
        ("provider", "", "why", "evidence", "of"),
        [
            (
                str(row["provider"]),
                "asked" if row["asked"] else "not asked",
                str(row["why"]),
                str(row["evidence"] or "none"),
                str(row["issuer"] or ""),
            )
            for row in rows
        ],
    )


def shown_route(route: Route) -> str:
    """Return a route as people read it."""
    wanted = route.requirement
    if wanted is None:
        return " → ".join(route.providers)
    said = [f"the best on {wanted.suite} in the caller's language"]
    said += [f"among {', '.join(wanted.among)}"] if wanted.among else []
    said += [f"at least {wanted.min_score:g}"] if wanted.min_score else []
    said += [f"tier at most {wanted.max_tier}"] if wanted.max_tier is not None else []
    said += [f"in {', '.join(wanted.jurisdictions)}"] if wanted.jurisdictions else []
    if wanted.max_price is not None:
        said.append(f"at most {wanted.max_price.per_million} {wanted.max_price.currency}")
    return ", ".join([*said, f"without evidence: {wanted.without_evidence}"])


def _ceiling(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    amount, sign, currency = text.partition(":")
    if not sign or not amount.isdecimal():
        raise Invalid(
            f"{text[:40]!r} is no price.",
            hint="Write smallest units for a million tokens and the currency: 400000:JPY.",
        )
    return {"per_million": amount, "currency": currency}
