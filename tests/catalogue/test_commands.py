import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.supply import DIGEST
from typer.testing import CliRunner, Result

from corridor.catalogue import Catalogue, UnknownModel
from corridor.catalogue.commands import commands
from corridor.core.errors import NotFound


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as node:
        yield node


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=node.runtime)


def listed(node: Node) -> dict[str, list[dict[str, object]]]:
    return json.loads(run(node, "list", "--json").output)


def add_supplier(node: Node) -> Result:
    run(node, "add-organisation", "acme", "--title", "Acme", "--country", "IN")
    return run(node, "add-supplier", "vendor", "--title", "Vendor", "--organisation", "acme")


def add_provider(node: Node, *more: str) -> Result:
    words = ("--title", "A", "--supplier", "vendor", "--model", "small", "--sha256", DIGEST)
    return run(node, "add-provider", "alpha", *words, *more)


def test_suppliers_and_providers_are_registered_and_listed(node: Node) -> None:
    assert "is registered as record" in add_supplier(node).output
    base = ("--base-url", "http://127.0.0.1:9/v1", "--credential", "env:VENDOR_KEY")
    assert add_provider(node, *base).exit_code == 0

    found = listed(node)
    assert [s["name"] for s in found["suppliers"]] == ["vendor"]
    assert [(o["name"], o["country"]) for o in found["organisations"]] == [("acme", "IN")]
    assert found["providers"][0]["endpoint"] == {
        "type": "http",
        "base_url": "http://127.0.0.1:9/v1",
        "model": "small",
        "credential": "env:VENDOR_KEY",
        "serves": ["/chat/completions", "/completions", "/embeddings"],
        "paths": {},
        "key_header": "authorization",
        "headers": {},
        "stream_usage": False,
        "http2": False,
    }
    assert found["providers"][0]["visibility"] == "internal"
    said = run(node, "list").output
    assert "http://127.0.0.1:9/v1" in said
    assert "Acme" in said


def test_a_provider_without_an_address_runs_here(node: Node) -> None:
    add_supplier(node)
    add_provider(node)

    assert listed(node)["providers"][0]["endpoint"] == {"type": "local"}
    assert "in this process" in run(node, "list").output


def test_registering_the_same_again_changes_nothing(node: Node) -> None:
    first, again = add_supplier(node).output, add_supplier(node).output

    assert first == again


def test_an_unknown_organisation_supplier_or_model_is_refused(node: Node) -> None:
    words = ("--title", "V", "--organisation", "nobody")
    assert isinstance(run(node, "add-supplier", "v", *words).exception, NotFound)
    assert isinstance(add_provider(node).exception, NotFound)
    assert isinstance(run(node, "add-model", "no-such").exception, UnknownModel)


def test_a_key_in_place_of_where_it_is_is_refused_and_kept_nowhere(node: Node) -> None:
    add_supplier(node)
    base = ("--base-url", "http://127.0.0.1:9/v1", "--credential", "sk-very-secret")

    assert add_provider(node, *base).exit_code == 1
    with node.runtime.store.view() as view:
        assert node.runtime.service(Catalogue).providers(view) == {}


def test_an_empty_catalogue_says_so(node: Node) -> None:
    assert run(node, "list").output == (
        "Models: none yet.\nProviders: none yet.\nSuppliers: none yet.\nOrganisations: none yet.\n"
    )


@pytest.mark.parametrize(
    "command", ["list", "add-organisation", "add-supplier", "add-model", "add-provider"]
)
def test_every_command_explains_itself_with_an_example(node: Node, command: str) -> None:
    shown = " ".join(run(node, command, "--help").output.split())

    assert f"Example: corridor catalogue {command}" in shown


def test_how_a_server_differs_from_others_is_said_in_data(node: Node) -> None:
    add_supplier(node)
    words = ("--base-url", "http://127.0.0.1:9", "--key-header", "api-key")
    quirks = ("--path", "/chat/completions=/d/chat?v=1", "--header", "x-region=asia")
    serves = ("--serves", "/chat/completions", "--serves", "/responses")
    assert add_provider(node, *words, *quirks, *serves).exit_code == 0

    assert listed(node)["providers"][0]["endpoint"] == {
        "type": "http",
        "base_url": "http://127.0.0.1:9",
        "model": "small",
        "credential": None,
        "serves": ["/chat/completions", "/responses"],
        "paths": {"/chat/completions": "/d/chat?v=1"},
        "key_header": "api-key",
        "headers": {"x-region": "asia"},
        "stream_usage": False,
        "http2": False,
    }


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--path", "/chat/completions"), "NAME=VALUE"),
        (("--path", "/files=/x"), "paths"),
        (("--path", "/chat/completions=https://elsewhere/"), "paths"),
        (("--header", "authorization=Bearer x"), "credential"),
        (("--header", "content-length=3"), "no header"),
        (("--header", "X-Region=asia"), "no header"),
        (("--serves", "/files"), "serves"),
    ],
)
def test_a_difference_that_cannot_be_is_refused(
    node: Node, option: tuple[str, str], said: str
) -> None:
    add_supplier(node)

    result = add_provider(node, "--base-url", "http://127.0.0.1:9", *option)

    assert result.exit_code != 0
    assert said in str(result.exception)
    assert listed(node)["providers"] == []
