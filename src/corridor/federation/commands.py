"""Partners on the command line."""

import asyncio
from typing import Annotated

import typer

from corridor.core.errors import CorridorError
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import AsJson, out, report_error, runtime_of, show_json, show_table
from corridor.federation.records import Partner, Pulled
from corridor.federation.service import Federation

commands = typer.Typer(help="Exchange records with partner nodes.", no_args_is_help=True)


@commands.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The partner's name.")],
    url: Annotated[str, typer.Argument(help="Where it is reached.")],
    fingerprint: Annotated[str, typer.Argument(help="As its operator read it out to you.")],
) -> None:
    """Make a node a partner, after comparing its key with what its operator read out.

    Example: corridor partner add north https://north.example.org 3f2a:91c0:…
    """
    runtime = runtime_of(context)
    federation = runtime.service(Federation)
    card = asyncio.run(federation.card(url))
    with runtime.store.transaction("cli") as tx:
        partner = federation.add(tx, name, url, fingerprint, card)
    out.print(f"{partner.name} at {partner.url} is a partner now.", highlight=False)


@commands.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the partners and how the exchange with each stands.

    Example: corridor partner list --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Federation).partners(view)
    if as_json:
        show_json([status.model_dump(mode="json") for status in found])
        return
    show_table(
        "Partners",
        ("name", "address", "records", "next position", "last success", "last error"),
        [
            (
                status.name,
                status.url,
                status.records_known,
                status.next_position,
                f"{status.last_success:%Y-%m-%d %H:%M:%S}" if status.last_success else "never",
                status.last_error or "none",
            )
            for status in found
        ],
    )


@commands.command()
def sync(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="One partner; else all of them.")] = None,
) -> None:
    """Fetch now what partners have that is new, and print what came.

    Example: corridor partner sync north
    """
    runtime = runtime_of(context)
    federation = runtime.service(Federation)
    with runtime.store.view() as view:
        chosen = federation.known(view) if name is None else [federation.partner(view, name)]
    worst = 0
    for partner in chosen:
        try:
            pulled = _pull(runtime, partner)
        except CorridorError as error:
            worst = report_error(error)
        else:
            out.print(
                f"{pulled.partner}: {pulled.entries} new entries, {pulled.records} of them visible "
                f"here, {pulled.unknown} of unknown kind.",
                highlight=False,
            )
    raise typer.Exit(worst)


@commands.command()
def fingerprint(context: typer.Context) -> None:
    """Print this node's own name, address and fingerprint, to read out to a partner.

    Example: corridor partner fingerprint
    """
    runtime = runtime_of(context)
    out.print(f"name         {runtime.identity.name}", highlight=False)
    out.print(f"address      {runtime.address}", highlight=False)
    out.print(f"fingerprint  {runtime.identity.signer.public.fingerprint}", highlight=False)


@commands.command()
def records(
    context: typer.Context,
    issuer: Annotated[str | None, typer.Option(help="Only the records of this node.")] = None,
    as_json: AsJson = False,
) -> None:
    """List every record this node has, its own and its partners'.

    Example: corridor partner records --issuer north
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Federation).records(view, issuer)
    if as_json:
        show_json([record.model_dump(mode="json") for record in found])
        return
    show_table(
        "Records",
        ("issuer", "position", "kind", "made", "visible to", "understood"),
        [
            (
                record.issuer,
                record.position,
                f"{record.kind} v{record.version}",
                f"{record.made_at:%Y-%m-%d %H:%M}",
                record.visibility,
                "yes" if record.known else "unknown kind",
            )
            for record in found
        ],
    )


def _pull(runtime: Runtime, partner: Partner) -> Pulled:
    federation = runtime.service(Federation)
    with runtime.store.view() as view:
        start = view.log_size(partner.name)
    try:
        found = asyncio.run(federation.fetch(partner, start))
        with runtime.store.transaction("cli") as tx:
            return federation.index(tx, partner, found)
    except CorridorError as error:
        with runtime.store.transaction("cli") as tx:
            federation.note_failure(tx, partner, error)
        raise
