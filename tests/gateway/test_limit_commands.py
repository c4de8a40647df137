"""Limits and prices are set on the command line, or refused with the place."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.core.errors import CorridorError, Invalid, NotFound
from corridor.gateway import Metering
from corridor.gateway.commands import commands
from corridor.gateway.rules.price_files import BadPrices, prices_in


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as node:
        node.add_provider("vendor", "http://127.0.0.1:9/v1")
        node.offer("helpline", ["vendor"])
        yield node


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(commands, list(words), obj=node.runtime)


def refusal(node: Node, *words: str) -> CorridorError:
    error = run(node, *words).exception
    assert isinstance(error, CorridorError)
    return error


def test_a_limit_is_set_listed_and_removed(node: Node) -> None:
    secret = node.issue_key("helpline")
    key = node.key_of(secret)
    assert run(node, "limit", "list").output == "Limits: none yet.\n"
    words = ("--requests", "60", "--concurrency", "2", "--priority", "7")
    assert (
        "60 requests/min, 2 at a time, priority 7"
        in run(node, "limit", "set", "key", key.prefix, *words).output
    )

    [listed] = json.loads(run(node, "limit", "list", "--json").output)
    assert (listed["name"], listed["shown"]) == (str(key.id), key.prefix)
    assert listed["requests_per_minute"] == 60
    assert key.prefix in run(node, "limit", "list").output

    assert run(node, "limit", "remove", "key", key.prefix).exit_code == 0
    assert json.loads(run(node, "limit", "list", "--json").output) == []
    assert isinstance(refusal(node, "limit", "remove", "key", key.prefix), NotFound)


def test_a_limit_of_nobody_or_of_nothing_is_refused(node: Node) -> None:
    assert isinstance(
        refusal(node, "limit", "set", "project", "nobody", "--requests", "1"), NotFound
    )
    assert isinstance(refusal(node, "limit", "set", "planet", "earth", "--requests", "1"), Invalid)
    assert "Nothing is set" in refusal(node, "limit", "set", "model", "helpline").message


def test_a_budget_needs_its_currency_and_prices_in_it(node: Node) -> None:
    budget = ("limit", "set", "model", "helpline", "--daily", "100")
    assert "currency" in refusal(node, *budget).message
    assert "'XYZ' is no ISO 4217 currency" in refusal(node, *budget, "--currency", "XYZ").message
    assert "No price in force is in INR" in refusal(node, *budget, "--currency", "INR").message

    price = ("--in", "2500", "--out", "10000", "--currency", "INR")
    assert run(node, "price", "set", "vendor", *price).exit_code == 0
    assert "1.00 INR a day" in run(node, *budget, "--currency", "INR").output


def test_whoever_sets_a_budget_learns_which_providers_have_no_price(node: Node) -> None:
    node.add_provider("other", "http://127.0.0.1:9/v1")
    node.offer("second", ["other"])
    run(node, "price", "set", "vendor", "--in", "1", "--out", "1", "--currency", "JPY")

    said = run(
        node, "limit", "set", "model", "helpline", "--daily", "5", "--currency", "JPY"
    ).output
    assert "no price in JPY" in said
    assert "other" in said


def test_a_price_is_set_and_listed_and_needs_all_its_parts(node: Node) -> None:
    assert (
        "--currency" in refusal(node, "price", "set", "vendor", "--in", "1", "--out", "2").message
    )
    price = ("--in", "250", "--out", "1000", "--currency", "INR", "--since", "2026-11-01")
    assert "2026-11-01 00:00" in run(node, "price", "set", "vendor", *price).output
    assert "2.50 INR" in run(node, "price", "list").output
    [listed] = json.loads(run(node, "price", "list", "--json").output)
    assert (listed["name"], listed["per_million_out"]) == ("vendor", 1000)
    assert isinstance(refusal(node, "price", "set", "nobody", *price), NotFound)
    assert isinstance(refusal(node, "price", "set", "vendor", *price[:-1], "9999-01-01"), Invalid)


def test_a_file_of_prices_is_taken_whole_or_refused_with_the_line(
    node: Node, tmp_path: Path
) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(
        "valid_from: 2026-11-01\n"
        "prices:\n"
        "  - {provider: vendor, in: 1, out: 2, currency: INR}\n"
        "  - model: small\n"
        "    in: 3\n"
        "    out: 4\n"
    )
    assert (
        "Line 4: the price of small has no currency"
        in refusal(node, "price", "set", "--file", str(file)).message
    )
    assert json.loads(run(node, "price", "list", "--json").output) == []

    file.write_text(file.read_text() + "    currency: JPY\n")
    assert (
        "2 price(s) hold from 2026-11-01" in run(node, "price", "set", "--file", str(file)).output
    )
    assert len(json.loads(run(node, "price", "list", "--json").output)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no fields"),
        ("prices: []", "Line 1: there is no list"),
        ("prices:\n - 7\n", "Line 2: this is no price"),
        ("prices:\n - {provider: a, model: b, in: 1, out: 1, currency: INR}\n", "Line 2: it must name"),
        ("prices:\n - {provider: a, in: 1.5, out: 1, currency: INR}\n", "Line 2: in: "),
        ("prices:\n - provider: a\n   in: 1\n   out: -1\n   currency: INR\n", "Line 4: out: "),
        ("prices:\n - provider: a\n   in: 1\n   out: 1\n   currency: RUPEE\n", "Line 5: currency: "),
        ("prices:\n - {provider: a, in: 1, in: 2, out: 1, currency: INR}\n", "Line 2 cannot be read"),
        ("prices: &a\n - *a\n", "cannot be read: aliases"),
        ("price:\n - 1\n", "Line 1: 'price' means nothing"),
        ("prices:\n - {provider: a, cost: 1}\n", "Line 2: 'cost' means nothing"),
        ("prices: [\n", "cannot be read"),
        ("1: [\n", "cannot be read"),
        ("valid_from: soon\nprices:\n - {provider: a, in: 1, out: 1, currency: INR}\n", "Line 1: valid_from"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_prices_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BadPrices, match=said.replace("(", r"\(")):
        prices_in(text)


def test_the_same_name_twice_in_one_table_is_refused(node: Node) -> None:
    prices = prices_in("prices:\n" + " - {provider: vendor, in: 1, out: 1, currency: INR}\n" * 2)[1]
    with (
        pytest.raises(Invalid, match="vendor has two prices"),
        node.runtime.store.transaction("test") as tx,
    ):
        node.runtime.service(Metering).set_prices(tx, prices)


def test_use_is_shown_by_what_is_asked_for(node: Node) -> None:
    assert "none yet" in run(node, "usage").output
    assert json.loads(run(node, "usage", "--by", "project", "--since", "7d", "--json").output) == []
    assert run(node, "usage", "--by", "planet").exit_code == 2
    assert isinstance(refusal(node, "usage", "--since", "soon"), Invalid)
