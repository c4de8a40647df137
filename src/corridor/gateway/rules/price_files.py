"""Prices from a YAML file, which is taken whole or refused with the line.

valid_from: 2026-12-01
prices:
  - provider: vendor-small
    in: 2500          # smallest units of the currency for a million tokens
    out: 10000
    currency: INR
"""

from datetime import UTC, date, datetime, time
from typing import Any, cast

import yaml
from pydantic import ValidationError

from corridor.core.errors import Invalid
from corridor.gateway.records import Price

MAX_BYTES = 1024 * 1024
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
    if len(text) > MAX_BYTES:
        raise BadPrices("The file is larger than a table of prices may be.")
    try:
        reader: Any = _Reader(text)
        root = reader.get_single_node()
        made = cast("object", reader.construct_document(root)) if root is not None else None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"Line {mark.line + 1}" if mark is not None else "The file"
        raise BadPrices(f"{where} cannot be read: {_problem(error)}.") from error
    if not isinstance(made, dict) or not isinstance(root, yaml.MappingNode):
        raise BadPrices("The file has no fields.")
    fields = cast("dict[str, object]", made)
    nodes = _children(root)
    for name in fields:
        if name not in ("valid_from", "prices"):
            raise BadPrices(
                f"Line {_line(nodes[str(name)])}: {str(name)[:40]!r} means nothing here."
            )
    listed = nodes.get("prices")
    if not isinstance(listed, yaml.SequenceNode) or not listed.value:
        raise BadPrices(f"Line {_line(listed or root)}: there is no list of prices.")
    rows = cast("list[object]", fields["prices"])
    prices = [_price(row, node) for row, node in zip(rows, listed.value, strict=True)]
    return _moment(fields.get("valid_from"), nodes), tuple(prices)


def _price(row: object, node: Any) -> Price:  # noqa: ANN401  PyYAML's nodes
    if not isinstance(row, dict) or not isinstance(node, yaml.MappingNode):
        raise BadPrices(f"Line {_line(node)}: this is no price.")
    fields, nodes = cast("dict[str, object]", row), _children(node)
    for name in fields:
        if name not in FIELDS:
            raise BadPrices(
                f"Line {_line(nodes[str(name)])}: {str(name)[:40]!r} means nothing here."
            )
    named = [of for of in ("provider", "model") if of in fields]
    if len(named) != 1:
        raise BadPrices(f"Line {_line(node)}: it must name a provider or a model, and one of them.")
    missing = [name for name in ("in", "out", "currency") if name not in fields]
    if missing:
        raise BadPrices(f"Line {_line(node)}: the price of {fields[named[0]]} has no {missing[0]}.")
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
        place = {"per_million_in": "in", "per_million_out": "out", "name": named[0]}
        field = place.get(str(first["loc"][0]), str(first["loc"][0]))
        where = _line(nodes.get(field, node))
        raise BadPrices(f"Line {where}: {field}: {first['msg']}.") from error


def _moment(value: object, nodes: dict[str, Any]) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise BadPrices(f"Line {_line(nodes['valid_from'])}: valid_from is no day.")


def _children(node: Any) -> dict[str, Any]:  # noqa: ANN401  PyYAML's nodes
    return {str(key.value): value for key, value in node.value}


def _line(node: Any) -> int:  # noqa: ANN401  PyYAML's nodes
    return int(node.start_mark.line) + 1


def _problem(error: Exception) -> str:
    return str(getattr(error, "problem", None) or "it is no YAML")


class _Reader(yaml.SafeLoader):
    """Reads YAML without aliases, and no name twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401  the parent's types
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not taken")
        node: Any = super().compose_node(parent, index)
        if isinstance(node, yaml.MappingNode):
            names = [str(key.value) for key, _ in node.value]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                problem = f"{twice[:40]} is there twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return node
