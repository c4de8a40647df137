"""Suspensions on the command line."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from corridor.core.errors import Invalid, NotFound
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.gateway.records import Suspension, Target
from corridor.gateway.records.suspensions import TARGETS, TargetKind
from corridor.gateway.rules.suspensions import Stated
from corridor.gateway.service import Extent, Gateway

commands = typer.Typer()

SupplierName = Annotated[
    str | None, typer.Argument(metavar="[SUPPLIER]", help="A supplier of the catalogue.")
]
ProviderName = Annotated[str | None, typer.Option("--provider", help="One provider.")]
ModelName = Annotated[
    str | None, typer.Option("--model", help="A model, by its name or its SHA-256.")
]
SupplierOption = Annotated[
    str | None, typer.Option("--supplier", help="All providers of a supplier.")
]
Country = Annotated[
    str | None,
    typer.Option("--jurisdiction", help="All suppliers of a country (ISO 3166, as in DE)."),
]
Hours = Annotated[float, typer.Option(min=0.001, max=87600, help="For how long at most.")]
Services = Annotated[
    list[str] | None, typer.Option("--service", help="Only for this service; may be repeated.")
]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="Only in this language; may be repeated.")
]
Starts = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"], help="UTC; now if not given."
    ),
]
Cut = Annotated[bool, typer.Option("--cut-streams", help="Break off answers that have begun.")]
Seen = Annotated[str, typer.Option("--visibility", help="internal, or partners: they see it too.")]
COUNTRY, DIGEST = re.compile(r"[A-Z]{2}\Z"), re.compile(r"[0-9a-f]{64}\Z")
SUSPENDED = "suspended by the operator"
LIFTED = "lifted by the operator"


@commands.command("suspend")
def suspend(
    context: typer.Context,
    named: SupplierName = None,
    provider: ProviderName = None,
    model: ModelName = None,
    supplier: SupplierOption = None,
    jurisdiction: Country = None,
    service: Services = None,
    language: Languages = None,
    starts: Starts = None,
    hours: Hours = 24,
    cut_streams: Cut = False,
    visibility: Seen = "internal",
    reason: Annotated[str, typer.Option(help="Why.")] = SUSPENDED,
    as_json: AsJson = False,
) -> None:
    """Send no request to a supplier, provider, model or country for a while, on every worker.

    Example: corridor gateway suspend --jurisdiction DE --service helpline --hours 8 --cut-streams
    """
    target = _target(named or supplier, provider, model, jurisdiction)
    if visibility not in ("internal", "partners"):
        raise Invalid("--visibility: cannot be that.", hint="Say internal or partners.")
    extent = Extent(
        services=service or (),
        languages=language or (),
        starts=starts.replace(tzinfo=UTC) if starts else None,
        cuts_streams=cut_streams,
        visibility="partners" if visibility == "partners" else "internal",
    )
    runtime = runtime_of(context)
    gateway = runtime.service(Gateway)
    with runtime.store.transaction("operator") as tx:
        made = gateway.suspend(tx, target, timedelta(hours=hours), reason, extent)
        closed = gateway.closes(tx, Stated(made))
        unknown = gateway.without_country(tx) if target.kind == "jurisdiction" else []
    if as_json:
        show_json({**made.model_dump(mode="json"), "providers": closed})
        return
    _say(made, closed)
    if unknown:
        out.print(f"Not reached, for their country is not known: {', '.join(unknown)}.")


@commands.command("lift")
def lift(
    context: typer.Context,
    named: Annotated[
        str | None, typer.Argument(metavar="[SUPPLIER|ID]", help="A supplier, or a suspension.")
    ] = None,
    provider: ProviderName = None,
    model: ModelName = None,
    supplier: SupplierOption = None,
    jurisdiction: Country = None,
    reason: Annotated[str, typer.Option(help="Why.")] = LIFTED,
) -> None:
    """End suspensions before their time; a partner's, named by its id, ends here alone.

    Example: corridor gateway lift x
    """
    runtime = runtime_of(context)
    gateway = runtime.service(Gateway)
    with runtime.store.transaction("operator") as tx:
        stated = gateway.stated(tx)
        found = [each.suspension for each in stated if named and each.suspension.id == named]
        name = named or ""
        if not found:
            target = _target(named or supplier, provider, model, jurisdiction)
            name = target.name
            own = (each.suspension for each in stated if not each.issuer)
            found = [each for each in own if each.target == target]
        if not found:
            raise NotFound(f"{name!r} is not suspended.", hint="Nothing needs to be lifted.")
        for suspension in found:
            gateway.lift(tx, suspension, reason)
    out.print(f"Requests go to {found[0].target.name} again.")


@commands.command("suspensions")
def suspensions(context: typer.Context, as_json: AsJson = False) -> None:
    """List what is suspended now or will be, partners' word included.

    Example: corridor gateway suspensions --json
    """
    runtime = runtime_of(context)
    gateway = runtime.service(Gateway)
    with runtime.store.view() as view:
        found = [(each, gateway.closes(view, each)) for each in gateway.stated(view)]
    if as_json:
        show_json([_row(runtime, each, closed) for each, closed in found])
        return
    columns = ("id", "by", "suspended", "for", "from", "until", "streams", "closes", "why")
    show_table("Suspensions", columns, [_cells(runtime, each, closed) for each, closed in found])


@commands.command("objections")
def objections(context: typer.Context, as_json: AsJson = False) -> None:
    """List what waits for a decision: providers that said no to us, and what partners suspended.

    Example: corridor gateway objections
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Gateway).proposals(view)
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_table(
        "Objections",
        ("id", "said by", "at", "why", "would close", "now"),
        [
            (
                each.id,
                each.said_by,
                f"{each.said_at:%Y-%m-%d %H:%M:%S}",
                each.why,
                f"{each.target}: {', '.join(each.providers)}",
                "closed" if each.closed else "open",
            )
            for each in found
        ],
    )


@commands.command("confirm")
def confirm(
    context: typer.Context,
    objection: Annotated[str, typer.Argument(metavar="ID", help="As `objections` shows it.")],
    hours: Annotated[
        float | None, typer.Option(min=0.001, max=87600, help="For how long at most.")
    ] = None,
    whole_supplier: Annotated[
        bool, typer.Option("--whole-supplier", help="All providers of the supplier that said no.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why.")] = "confirmed by the operator",
) -> None:
    """Suspend what an objection asks for: for some hours, else a day or as long as a partner says.

    Example: corridor gateway confirm 3f2a --hours 48
    """
    runtime = runtime_of(context)
    gateway = runtime.service(Gateway)
    lasting = timedelta(hours=hours) if hours is not None else None
    with runtime.store.transaction("operator") as tx:
        made = gateway.confirm(tx, objection, reason, lasting, whole_supplier=whole_supplier)
        closed = gateway.closes(tx, Stated(made))
    _say(made, closed)


@commands.command("dismiss")
def dismiss(
    context: typer.Context,
    objection: Annotated[str, typer.Argument(metavar="ID", help="As `objections` shows it.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")],
) -> None:
    """Let requests go again to a provider that said no; every worker asks it again.

    Example: corridor gateway dismiss 3f2a --reason "the key was renewed"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        found = runtime.service(Gateway).dismiss(tx, objection, reason)
    out.print(f"Nothing is suspended: requests may go to {', '.join(found.providers)}.")


def _target(
    supplier: str | None, provider: str | None, model: str | None, jurisdiction: str | None
) -> Target:
    """Return what is meant.

    Raises:
        Invalid: if that is nothing, or more than one thing.
    """
    if jurisdiction is not None and not COUNTRY.match(jurisdiction):
        raise Invalid("--jurisdiction: no country code.", hint="Two capital letters, as in DE.")
    named: dict[TargetKind, str | None] = {
        "supplier": supplier,
        "provider": provider,
        "model_sha256" if DIGEST.match(model or "") else "model": model,
        "jurisdiction": jurisdiction,
    }
    found = [Target(kind=kind, name=name) for kind, name in named.items() if name is not None]
    if len(found) != 1:
        hint = "Say one of --provider, --model, --supplier, --jurisdiction."
        raise Invalid(f"{len(found)} things are named, not one.", hint=hint)
    return found[0]


def _rehearsed(suspension: Suspension) -> list[str]:
    """Return of which requests a drill's suspension is."""
    keys = ["a drill's own probes"] if suspension.key_ids else []
    share = [f"{suspension.share:.0%} of them"] if suspension.share else []
    part = [f"{suspension.part:.0%} of each provider"] if suspension.part else []
    return keys + share + part


def _say(made: Suspension, closed: list[str]) -> None:
    starts = f"from {made.starts:%Y-%m-%d %H:%M:%S} " if made.starts else ""
    only = ", ".join((*made.services, *made.languages))
    text = f"No request {f'of {only} ' if only else ''}goes to {made.target.name} "
    text += f"{starts}until {made.until:%Y-%m-%d %H:%M:%S} UTC: {made.id}."
    out.print(text, highlight=False, markup=False)
    out.print(f"That closes {', '.join(closed) or 'no provider of this node'}.", highlight=False)


def _row(runtime: Runtime, stated: Stated, closed: list[str]) -> dict[str, object]:
    fields = stated.suspension.model_dump(mode="json", exclude={"proposal_id", *TARGETS})
    target = stated.suspension.target
    by = stated.issuer or runtime.identity.name
    return {**fields, "kind": target.kind, "name": target.name, "by": by, "providers": closed}


def _cells(runtime: Runtime, stated: Stated, closed: list[str]) -> tuple[str, ...]:
    suspension = stated.suspension
    only = ", ".join((*suspension.services, *suspension.languages, *_rehearsed(suspension)))
    return (
        suspension.id,
        stated.issuer or runtime.identity.name,
        str(suspension.target),
        only or "all requests",
        f"{suspension.begins:%Y-%m-%d %H:%M:%S}",
        f"{suspension.until:%Y-%m-%d %H:%M:%S}",
        "cut" if suspension.cuts_streams else "finish",
        ", ".join(closed) or "none here",
        f"drill: {suspension.reason}" if suspension.drill_id else suspension.reason,
    )
