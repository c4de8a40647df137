import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.catalogue import UnknownProvider
from corridor.core.errors import NotFound
from corridor.gateway import Gateway, UnknownService
from corridor.gateway.commands import commands


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as node:
        node.add_provider("vendor", "http://127.0.0.1:9/v1")
        node.add_provider("own", None, supplier="us")
        yield node


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(commands, list(words), obj=node.runtime)


def offer(node: Node) -> Result:
    words = ("--title", "Helpline", "--language", "hi-Deva", "--language", "ja-Jpan")
    return run(node, "offer", "helpline", *words)


def test_a_service_is_offered_routed_and_listed(node: Node) -> None:
    assert run(node, "services").output == "Services: none yet.\n"
    assert offer(node).output == "helpline is offered in hi-Deva, ja-Jpan.\n"
    assert "none" in run(node, "services").output
    assert run(node, "route", "helpline", "vendor", "own").output == "helpline: vendor → own\n"

    assert json.loads(run(node, "services", "--json").output) == [
        {
            "service": "helpline",
            "title": "Helpline",
            "languages": ["hi-Deva", "ja-Jpan"],
            "route": ["vendor", "own"],
            "reaches": "vendor → own",
            "unmet": [],
            "audit": "normal",
        }
    ]
    assert "vendor → own" in run(node, "services").output


def test_a_route_says_whether_its_decisions_are_durable_first(node: Node) -> None:
    offer(node)
    run(node, "route", "helpline", "vendor", "--audit", "strict")

    assert json.loads(run(node, "services", "--json").output)[0]["audit"] == "strict"
    assert "strict" in run(node, "services").output
    assert run(node, "route", "helpline", "vendor", "--audit", "lax").exit_code == 2
    again = run(node, "route", "helpline", "vendor", "--audit", "normal")
    assert again.output == "helpline: vendor, audit normal\n"
    assert (
        "Its audit was normal, and is as the node's"
        in run(node, "route", "helpline", "vendor").output
    )


def test_whoever_sets_a_price_learns_which_routes_reach_nobody_then(node: Node) -> None:
    offer(node)
    price = ("price", "set", "vendor", "--out", "5", "--currency", "INR", "--in")
    assert "Nobody" not in run(node, *price, "10").output
    best = ("--best", "--max-price", "10:INR", "--without-evidence", "last")
    assert run(node, "route", "helpline", *best).exit_code == 0
    assert json.loads(run(node, "services", "--json").output)[0]["unmet"] == []

    said = "Nobody meets the route of helpline in hi-Deva, ja-Jpan now."
    assert said in run(node, *price, "11").output
    assert json.loads(run(node, "services", "--json").output)[0]["unmet"] == ["hi-Deva", "ja-Jpan"]
    assert said in run(node, "services").output


def test_a_service_without_a_route_has_an_empty_one_in_json(node: Node) -> None:
    offer(node)

    assert json.loads(run(node, "services", "--json").output)[0]["route"] == []


def test_a_route_to_nowhere_or_of_nothing_is_refused(node: Node) -> None:
    assert isinstance(run(node, "route", "helpline", "vendor").exception, UnknownService)
    offer(node)
    assert isinstance(run(node, "route", "helpline", "nobody").exception, UnknownProvider)
    assert run(node, "route", "helpline").exit_code == 2


@pytest.mark.parametrize("command", ["services", "offer", "route", "suspend", "lift"])
def test_every_command_explains_itself_with_an_example(node: Node, command: str) -> None:
    assert f"Example: corridor gateway {command}" in " ".join(
        run(node, command, "--help").output.split()
    )


def test_a_supplier_is_suspended_and_lifted_by_hand(node: Node) -> None:
    supplier = node.add_provider("third", "http://127.0.0.1:9/v1", supplier="third-inc").supplier
    gateway = node.runtime.service(Gateway)

    assert run(node, "suspend", supplier, "--hours", "1").exit_code == 0
    with node.runtime.store.view() as view:
        assert [s.supplier for s in gateway.suspensions(view)] == [supplier]

    assert run(node, "lift", supplier).output == f"Requests go to {supplier} again.\n"
    with node.runtime.store.view() as view:
        assert gateway.suspensions(view) == []
    assert isinstance(run(node, "lift", supplier).exception, NotFound)


def test_a_language_without_script_is_refused_with_an_example(node: Node) -> None:
    done = run(node, "offer", "helpline", "--title", "x", "--language", "english")

    assert "write it as hi-Deva" in str(done.exception)
