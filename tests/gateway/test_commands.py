import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from typer.testing import CliRunner, Result

from corridor.catalogue import UnknownProvider
from corridor.core.errors import Conflict, NotFound, Unavailable
from corridor.gateway import Gateway, UnknownKey, UnknownService
from corridor.gateway.commands import commands
from corridor.gateway.service import key_digest


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
        }
    ]
    assert "vendor → own" in run(node, "services").output


def test_a_service_without_a_route_has_an_empty_one_in_json(node: Node) -> None:
    offer(node)

    assert json.loads(run(node, "services", "--json").output)[0]["route"] == []


def test_a_route_to_nowhere_or_of_nothing_is_refused(node: Node) -> None:
    assert isinstance(run(node, "route", "helpline", "vendor").exception, UnknownService)
    offer(node)
    assert isinstance(run(node, "route", "helpline", "nobody").exception, UnknownProvider)
    assert run(node, "route", "helpline").exit_code == 2


def test_a_key_is_shown_once_alone_on_a_line(node: Node) -> None:
    result = run(node, "issue-key", "app", "--model", "helpline", "--days", "3")

    secret = result.stdout.removesuffix("\n")
    assert "\n" not in secret
    assert "once" in result.stderr
    assert node.key_of(secret).sha256 == key_digest(secret)
    listed = run(node, "keys", "--json").output
    [key] = json.loads(listed)
    assert (key["label"], key["models"], key["prefix"]) == ("app", ["helpline"], secret[:11])
    assert key["expires_at"] is not None
    for output in (listed, run(node, "keys").output):
        assert secret not in output
        assert key_digest(secret) not in output


def test_a_revoked_key_is_listed_no_more(node: Node) -> None:
    secret = node.issue_key(label="app")
    assert "app" in run(node, "keys").output

    result = run(node, "revoke-key", secret[:11], "--reason", "lost")

    assert result.output == f"app's key {secret[:11]}… opens nothing any more.\n"
    assert run(node, "keys").output == "API keys: none yet.\n"
    assert isinstance(run(node, "revoke-key", secret[:11]).exception, UnknownKey)


@pytest.mark.parametrize("words", [("issue-key", "app"), ("issue-key", "app", "--days", "0")])
def test_a_key_for_nothing_or_for_no_time_is_not_made(node: Node, words: tuple[str, ...]) -> None:
    assert run(node, *words).exit_code == 2
    with node.runtime.store.view() as view:
        assert node.runtime.service(Gateway).keys(view) == []


@pytest.mark.parametrize(
    "command", ["services", "offer", "route", "keys", "issue-key", "revoke-key"]
)
def test_every_command_explains_itself_with_an_example(node: Node, command: str) -> None:
    assert f"Example: corridor gateway {command}" in " ".join(
        run(node, command, "--help").output.split()
    )


def test_a_key_can_go_straight_into_a_file_that_only_its_owner_reads(
    node: Node, tmp_path: Path
) -> None:
    file = tmp_path / "app.key"
    done = run(node, "issue-key", "app", "--model", "*", "--to", str(file))

    secret = file.read_text()
    assert done.exit_code == 0
    assert secret not in done.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert node.key_of(secret).label == "app"


def test_a_key_whose_file_cannot_be_written_is_not_made(node: Node, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("old")

    words = ("issue-key", "app", "--model", "*", "--to")
    assert isinstance(run(node, *words, str(tmp_path / "there")).exception, Conflict)
    assert isinstance(run(node, *words, str(tmp_path / "no" / "x")).exception, Unavailable)
    assert json.loads(run(node, "keys", "--json").output) == []
    assert (tmp_path / "there").read_text() == "old"


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
