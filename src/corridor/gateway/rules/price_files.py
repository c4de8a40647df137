"""Prices from a YAML file, which is taken whole or refused with the line.

valid_from: 2026-12-01
prices:
  - provider: vendor-small
    in: 2500          # smallest units of the currency for a million tokens
    out: 10000
    currency: INR
"""

from datetime import UTC, date, datetime, time
from typing import cast

from pydantic import ValidationError

from corridor.core.errors import Invalid
from corridor.core.yaml_texts import Content, Step, read
from corridor.gateway.records import Price

FIELDS = {"provider", "model", "in", "out", "currency"}
HINT = "Write valid_from, and under prices: provider or model, in, out, currency."


class BadPrices(Invalid):
    """A file of prices is not taken; nothing of it is."""

    advice = HINT


def prices_in(text: str) -> tuple[datetime | None, tuple[Price, ...]]:
    """Read from when prices hold (None: from now on), and the prices.

    Raises:
        BadPrices: if anything is wrong, with the line.
    """
    content = read(text, BadPrices)
    if not isinstance(content.value, dict):
        raise BadPrices("The file has no fields.")
    fields = cast("dict[str, object]", content.value)
    _check_known(content, (), fields, {"valid_from", "prices"})
    rows = fields.get("prices")
    if not isinstance(rows, list) or not rows:
        raise BadPrices(f"Line {content.line(['prices'])}: there is no list of prices.")
    listed = enumerate(cast("list[object]", rows))
    prices = [_price(content, ("prices", number), row) for number, row in listed]
    return _moment(fields.get("valid_from"), content), tuple(prices)


def _price(content: Content, place: tuple[Step, ...], row: object) -> Price:
    line = content.line(place)
    if not isinstance(row, dict):
        raise BadPrices(f"Line {line}: this is no price.")
    fields = cast("dict[str, object]", row)
    _check_known(content, place, fields, FIELDS)
    named = [of for of in ("provider", "model") if of in fields]
    if len(named) != 1:
        raise BadPrices(f"Line {line}: it must name a provider or a model, and one of them.")
    missing = [name for name in ("in", "out", "currency") if name not in fields]
    if missing:
        raise BadPrices(f"Line {line}: the price of {fields[named[0]]} has no {missing[0]}.")
    try:
        return Price.model_validate(
            {
                "of": named[0],
                "name": fields[named[0]],
                "per_million_in": fields["in"],
                "per_million_out": fields["out"],
                "currency": fields["currency"],
            },
            strict=True,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        names = {"per_million_in": "in", "per_million_out": "out", "name": named[0]}
        field = names.get(str(first["loc"][0]), str(first["loc"][0]))
        where = content.line([*place, field])
        raise BadPrices(f"Line {where}: {field}: {first['msg']}.") from error


def _check_known(
    content: Content, place: tuple[Step, ...], fields: dict[str, object], known: set[str]
) -> None:
    unknown = next((str(name) for name in fields if name not in known), None)
    if unknown is not None:
        line = content.line([*place, unknown])
        raise BadPrices(f"Line {line}: {unknown[:40]!r} means nothing here.")


def _moment(value: object, content: Content) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise BadPrices(f"Line {content.line(['valid_from'])}: valid_from is no day.")
