"""Limits, prices and the use that was made, on the command line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from corridor.core.errors import Invalid
from corridor.edge.terminal import AsJson, out, runtime_of, show_json, show_table
from corridor.gateway.records import Limit, Price
from corridor.gateway.records.currencies import money
from corridor.gateway.rules.price_files import prices_in
from corridor.gateway.rules.prices import MILLION, InForce
from corridor.gateway.service import Gateway
from corridor.gateway.service.metering import Metering
from corridor.gateway.store import By, Sum

commands = typer.Typer()
limits = typer.Typer(help="How much callers may use.", no_args_is_help=True)
prices = typer.Typer(help="What the use of models costs.", no_args_is_help=True)
commands.add_typer(limits, name="limit")
commands.add_typer(prices, name="price")

Subject = Annotated[str, typer.Argument(help="key, project, organisation or model.")]
Name = Annotated[str, typer.Argument(help="A key's prefix, or the name.")]
UNITS = {"h": 3600, "d": 86_400, "w": 604_800}


@limits.command("set")
def set_limit(
    context: typer.Context,
    subject: Subject,
    name: Name,
    requests: Annotated[int | None, typer.Option(min=0, help="Requests per minute.")] = None,
    tokens: Annotated[int | None, typer.Option(min=0, help="Tokens per minute.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=0, help="Requests at one time.")] = None,
    daily: Annotated[
        int | None, typer.Option(min=0, help="A day's budget, smallest units.")
    ] = None,
    monthly: Annotated[int | None, typer.Option(min=0, help="A month's, smallest units.")] = None,
    currency: Annotated[str | None, typer.Option(help="Of the budgets: INR, JPY.")] = None,
    priority: Annotated[int | None, typer.Option(min=0, max=9, help="9 is served first.")] = None,
) -> None:
    """Set what one may use; it takes the place of what was set before.

    Example: corridor gateway limit set project helpdesk --requests 600 --monthly 500000 --currency INR
    """
    runtime = runtime_of(context)
    metering = runtime.service(Metering)
    with runtime.store.transaction("operator") as tx:
        limit = metering.set_limit(
            tx,
            subject,
            name,
            requests_per_minute=requests,
            tokens_per_minute=tokens,
            concurrency=concurrency,
            daily_budget=daily,
            monthly_budget=monthly,
            currency=currency,
            priority=priority,
        )
        unpriced = metering.unpriced(tx, limit.currency) if limit.currency else []
    out.print(f"{subject} {name}: {', '.join(_bounds(limit))}", highlight=False, markup=False)
    if unpriced:
        out.print(
            f"These have no price in {limit.currency}, so that whoever has this budget may not ask "
            f"services that use them: {', '.join(unpriced)}.",
            highlight=False,
        )


@limits.command("list")
def list_limits(context: typer.Context, as_json: AsJson = False) -> None:
    """List the limits in force. Example: corridor gateway limit list."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        metering = runtime.service(Metering)
        found, prefixes = list(metering.limits(view).values()), metering.prefixes(view)
    shown = [prefixes.get(limit.name, limit.name) for limit in found]
    if as_json:
        show_json(
            [
                {**limit.model_dump(mode="json", exclude={"visibility"}), "shown": name}
                for limit, name in zip(found, shown, strict=True)
            ]
        )
        return
    show_table(
        "Limits",
        ("of", "name", "at most"),
        [
            (limit.subject, name, ", ".join(_bounds(limit)))
            for limit, name in zip(found, shown, strict=True)
        ],
    )


@limits.command("remove")
def remove_limit(context: typer.Context, subject: Subject, name: Name) -> None:
    """End a limit. Example: corridor gateway limit remove project helpdesk."""
    runtime = runtime_of(context)
    with runtime.store.transaction("operator") as tx:
        runtime.service(Metering).remove_limit(tx, subject, name)
    out.print(f"{subject} {name} has no limit any more.", highlight=False, markup=False)


@prices.command("set")
def set_prices(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A provider, or with --model a model.")] = None,
    into: Annotated[int | None, typer.Option("--in", min=0, help="For 1M tokens in.")] = None,
    out_of: Annotated[int | None, typer.Option("--out", min=0, help="For 1M tokens out.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217: INR, JPY.")] = None,
    model: Annotated[bool, typer.Option("--model", help="The name is a model's.")] = False,
    since: Annotated[
        str | None, typer.Option(help="From when: 2026-12-01. Now without it.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A YAML file of prices instead.")] = None,
) -> None:
    """State prices in smallest units of a currency for a million tokens; 0 is a price too.

    Example: corridor gateway price set vendor-small --in 2500 --out 10000 --currency INR
    """
    if (file is None) == (name is None):
        raise Invalid("Name a provider or model, or a file.", hint="One of them, not both.")
    runtime = runtime_of(context)
    begins = _moment(since) if since else None
    if file is not None:
        in_file, given = prices_in(_text_of(file))
        begins = begins or in_file
    else:
        given = (_price(str(name), into, out_of, currency, model=model),)
    with runtime.store.transaction("operator") as tx:
        table = runtime.service(Metering).set_prices(tx, given, begins)
        unmet = runtime.service(Gateway).unmet(tx)
    out.print(
        f"{len(table.prices)} price(s) hold from {table.valid_from:%Y-%m-%d %H:%M} UTC.",
        highlight=False,
    )
    for service, languages in unmet.items():
        out.print(f"Nobody meets the route of {service} in {', '.join(languages)} now.")


@prices.command("list")
def list_prices(context: typer.Context, as_json: AsJson = False) -> None:
    """List the prices in force now. Example: corridor gateway price list --json."""
    runtime = runtime_of(context)
    with runtime.store.view() as view:
        found = runtime.service(Metering).prices(view)
    if as_json:
        show_json([_priced(each) for each in found])
        return
    show_table(
        "Prices for a million tokens",
        ("of", "name", "in", "out", "since"),
        [
            (
                each.price.of,
                each.price.name,
                _money(each.price.per_million_in, each.price.currency),
                _money(each.price.per_million_out, each.price.currency),
                f"{each.valid_from:%Y-%m-%d %H:%M}",
            )
            for each in found
        ],
    )


@commands.command("usage")
def usage(
    context: typer.Context,
    by: Annotated[By, typer.Option(help="What the sums are of.")] = "service",
    since: Annotated[str, typer.Option(help="A day, 2026-11-01, or back: 24h, 7d, 4w.")] = "24h",
    as_json: AsJson = False,
) -> None:
    """Show what was used, in whole hours. Example: corridor gateway usage --by project --since 7d."""
    runtime = runtime_of(context)
    metering = runtime.service(Metering)
    begins = _moment(since, metering.clock())
    with runtime.store.view() as view:
        found = metering.used(view, by, begins)
        prefixes = metering.prefixes(view) if by == "key" else {}
    if as_json:
        show_json([each.model_dump() for each in found])
        return
    show_table(
        f"Use by {by} since {begins:%Y-%m-%d %H:00} UTC",
        (by, "requests", "answered", "tokens in", "tokens out", "cost", "mean seconds"),
        [
            (
                prefixes.get(each.name or "", each.name),
                each.requests,
                each.answered,
                _known(each.tokens_in, each.untold, each.answered),
                _known(each.tokens_out, each.untold, each.answered),
                _cost(each),
                f"{each.seconds / each.requests:.2f}",
            )
            for each in found
        ],
    )


def _price(
    name: str, into: int | None, out_of: int | None, currency: str | None, *, model: bool
) -> Price:
    lacking = [
        o for o, v in (("--in", into), ("--out", out_of), ("--currency", currency)) if v is None
    ]
    if lacking:
        raise Invalid(f"A price needs {' and '.join(lacking)}.", hint="What is free costs 0.")
    return Price.model_validate(
        {
            "of": "model" if model else "provider",
            "name": name,
            "per_million_in": into,
            "per_million_out": out_of,
            "currency": currency,
        }
    )


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read.", hint="It must be a text file in UTF-8.") from error


def _moment(text: str, now: datetime | None = None) -> datetime:
    amount, unit = text[:-1], text[-1:]
    if now is not None and amount.isdecimal() and len(amount) < 5 and unit in UNITS:
        return now - timedelta(seconds=int(amount) * UNITS[unit])
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        hint = "Write 2026-11-30 or 2026-11-30T12:00." + (" Or 24h, 7d, 4w." if now else "")
        raise Invalid(f"{text[:40]!r} is no moment.", hint=hint) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bounds(limit: Limit) -> list[str]:
    currency = limit.currency or ""
    told = [
        (limit.requests_per_minute, "{} requests/min"),
        (limit.tokens_per_minute, "{} tokens/min"),
        (limit.concurrency, "{} at a time"),
    ]
    found = [text.format(value) for value, text in told if value is not None]
    for budget, of in ((limit.daily_budget, "day"), (limit.monthly_budget, "month")):
        if budget is not None:
            found.append(f"{money(budget, currency)} a {of}")
    if limit.priority is not None:
        found.append(f"priority {limit.priority}")
    return found


def _money(amount: int | None, currency: str) -> str | None:
    return None if amount is None else money(amount, currency)


def _priced(each: InForce) -> dict[str, object]:
    return {**each.price.model_dump(), "valid_from": each.valid_from, "table": each.table_id}


def _known(amount: int, untold: int, answered: int) -> str | None:
    if untold and untold >= answered:
        return None
    return f"{amount} (unknown for {untold})" if untold else str(amount)


def _cost(each: Sum) -> str | None:
    if each.currency is None:
        return None if each.unpriced else "none"
    return money(each.cost // MILLION, each.currency)
