"""Partners on the command line."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Annotated

import typer

from corridor.core.errors import CorridorError
from corridor.core.store import Transaction
from corridor.edge.runtime import Runtime
from corridor.edge.terminal import (
    AsJson,
    errors,
    out,
    report_error,
    runtime_of,
    show_json,
    show_table,
)
from corridor.federation.errors import KeyChanged, NotSigned
from corridor.federation.ports import INVITATION
from corridor.federation.records import Partner, PartnerStatus, Pulled
from corridor.federation.service import Exchange, Federation, Introductions, Keys

commands = typer.Typer(help="Exchange records with partner nodes.", no_args_is_help=True)


Name = Annotated[str, typer.Argument(metavar="NAME", help="The partner's name.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for whoever asks later.")]


@commands.command()
def invite(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=90, help="How long it can be used.")] = 7,
) -> None:
    """Print an invitation for another node's operator, one line of text; it can be used once.

    Example: corridor partner invite --days 3
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        introductions = runtime.service(Introductions)
        text = introductions.invite(tx, runtime.address, timedelta(days=days))
    typer.echo(text)
    errors.print(
        "Mail this line to the other operator. By voice, or another way that nobody can change, "
        "read out this node's fingerprint:",
        highlight=False,
    )
    errors.print(runtime.identity.signer.public.fingerprint, highlight=False)


@commands.command()
def accept(
    context: typer.Context,
    who: Annotated[
        str,
        typer.Argument(
            metavar="INVITATION|NAME", help="The invitation, or the name of a node that waits."
        ),
    ],
    fingerprint: Annotated[str, typer.Argument(help="As its operator read it out to you.")],
) -> None:
    """Make a node a partner: by its invitation, or after it accepted ours.

    It can be run again: what is done already is not done twice.

    Example: corridor partner accept north 3f2a:91c0:…
    """
    runtime = runtime_of(context)
    federation, introductions = runtime.service(Federation), runtime.service(Introductions)
    invited = who.strip().startswith(INVITATION)
    if invited:
        card = asyncio.run(introductions.answer(who, fingerprint, runtime.address))
        name, url = card.name, card.url
    else:
        with runtime.store.view() as view:
            waiting = introductions.waiting(view, who, fingerprint)
        name, url = waiting.name, waiting.url
        card = asyncio.run(federation.card(url))
    with runtime.store.transaction("cli") as tx:
        partner = introductions.accept(tx, name, url, fingerprint, card)
    out.print(f"{partner.name} at {partner.url} is a partner now.", highlight=False)
    if invited:
        out.print(
            f"Its operator completes it there: read out this node's fingerprint, and they run\n"
            f"corridor partner accept {runtime.identity.name} "
            f"{runtime.identity.signer.public.fingerprint}",
            highlight=False,
        )


@commands.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the partners, how this node stands to each, and how the exchange goes.

    Example: corridor partner list --json
    """
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Federation).partners(view)
    if as_json:
        show_json([status.model_dump(mode="json") for status in found])
        return
    show_partners(found)


@commands.command()
def suspend(context: typer.Context, name: Name, reason: Reason) -> None:
    """Exchange nothing with a partner until it is resumed; what it stated before stays.

    Example: corridor partner suspend north --reason "their key may be stolen"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        runtime.service(Federation).suspend(tx, name, reason)
    out.print(f"{name} is suspended.", highlight=False)


@commands.command()
def resume(
    context: typer.Context,
    name: Name,
    reason: Reason,
    although_frozen: Annotated[
        bool,
        typer.Option("--although-frozen", help="Also if its log forked; you know of it."),
    ] = False,
) -> None:
    """Exchange records again with a partner that was suspended, or frozen since its log forked.

    Example: corridor partner resume north --reason "explained" --although-frozen
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        federation = runtime.service(Federation)
        federation.resume(tx, name, reason, although_frozen=although_frozen)
    out.print(f"{name} is active again.", highlight=False)


@commands.command()
def remove(context: typer.Context, name: Name, reason: Reason) -> None:
    """Make a node no partner any more; what it stated before stays, and it can be accepted again.

    Example: corridor partner remove north --reason "the agreement ended"
    """
    runtime = runtime_of(context)
    with runtime.store.transaction("cli") as tx:
        runtime.service(Federation).remove(tx, name, reason)
    out.print(f"{name} is no partner any more.", highlight=False)


@commands.command()
def recover(
    context: typer.Context,
    name: Name,
    fingerprint: Annotated[
        str, typer.Argument(help="Of its new key, as its operator read it out.")
    ],
) -> None:
    """Take a partner's new key in the place of a lost one, after comparing fingerprints again.

    Its log must begin with all that is held of it, and must state the new key.

    Example: corridor partner recover north 3f2a:91c0:…
    """
    runtime = runtime_of(context)
    federation, keys = runtime.service(Federation), runtime.service(Keys)
    with runtime.store.view() as view:
        known = federation.partner(view, name)
    card = asyncio.run(federation.card(known.url))
    with runtime.store.view() as view:
        proposed = keys.proposed(view, name, fingerprint, card)

    def confirm(tx: Transaction) -> None:
        keys.confirm(tx, name, fingerprint, card)

    try:
        asyncio.run(_pieces(runtime, proposed, confirm))
        with runtime.store.view() as view:
            stated = keys.check_stated(view, proposed)
    except KeyChanged as error:
        with runtime.store.transaction("cli") as tx:
            federation.freeze(tx, name, error.message)
        raise
    where = "its log goes on from what was held" + (", and states the key" if stated else "")
    out.print(f"{name} has the key {proposed.key.fingerprint}: {where}.", highlight=False)


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
        chosen = federation.active(view, name)
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
                f"{record.kind} v{record.version}.{record.minor}",
                f"{record.made_at:%Y-%m-%d %H:%M}",
                record.visibility,
                "yes" if record.known else "unknown kind",
            )
            for record in found
        ],
    )


def _pull(runtime: Runtime, partner: Partner) -> Pulled:
    try:
        try:
            return asyncio.run(_pieces(runtime, partner))
        except NotSigned:
            renewed = _renewed(runtime, partner)
            if renewed is None:
                raise
            return asyncio.run(_pieces(runtime, renewed))
    except CorridorError as error:
        with runtime.store.transaction("cli") as tx:
            runtime.service(Exchange).note_failure(tx, partner, error)
        raise


def _renewed(runtime: Runtime, partner: Partner) -> Partner | None:
    """Follow a partner to its new key, if the known key announced one."""
    keys = runtime.service(Keys)
    rotations = asyncio.run(keys.ask(partner))
    if not rotations:
        return None
    with runtime.store.transaction("cli") as tx:
        return keys.follow(tx, partner, rotations)


async def _pieces(
    runtime: Runtime, partner: Partner, before: Callable[[Transaction], None] | None = None
) -> Pulled:
    """Do one round of the exchange; with `before`, an act that lands with the first piece of it."""
    exchange = runtime.service(Exchange)
    pulled = Pulled(partner=partner.name)
    note = await exchange.look(partner)
    with runtime.store.view() as view:
        found = exchange.begun(view, partner, note)
    if found is None:
        return pulled
    async with aclosing(exchange.pieces(found)) as pieces:
        async for piece in pieces:
            with runtime.store.transaction("cli") as tx:
                if before is not None:
                    before(tx)
                    before = None
                new = exchange.index(tx, piece)
                runtime.service(Keys).check_stated(tx, partner)
            pulled += new
            if new.entries < len(piece.entries):  # the serving process was faster
                break
    return pulled


def show_partners(found: Sequence[PartnerStatus]) -> None:
    """Print how this node stands to each partner."""
    show_table(
        "Partners",
        ("name", "standing", "mutual", "records", "log", "last success", "key since"),
        [
            (
                status.name,
                status.standing,
                {True: "yes", False: "no", None: None}[status.mutual],
                status.records_known,
                f"{status.next_position}/{_number(status.log_size)}",
                _moment(status.last_success),
                f"{status.key_since:%Y-%m-%d}",
            )
            for status in found
        ],
    )
    for status in found:
        for note in _notes(status):
            out.print(f"{status.name}: {note}", highlight=False, markup=False)


def _notes(status: PartnerStatus) -> list[str]:
    """Return what the operator should know, or do."""
    if status.standing == "waiting":
        return [
            f"compare its fingerprint, then `corridor partner accept {status.name} FINGERPRINT`"
        ]
    standing = f"{status.standing}: {status.reason}" if status.standing != "active" else None
    return [note for note in (standing, status.last_error) if note]


def _number(count: int | None) -> str:
    return "?" if count is None else str(count)


def _moment(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"
