import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.arrivals import arrived
from support.builders import NOON
from support.clocks import StoppedClock
from support.nodes import Node, a_node
from support.supply import DIGEST, an_organisation
from typer.testing import CliRunner, Result

from corridor.catalogue import Catalogue
from corridor.core.errors import Invalid, NotFound
from corridor.gateway import Gateway, NoSuchProposal, Suspension, UnknownService
from corridor.gateway.commands import commands
from corridor.gateway.rules.objections import Objection

DAY = NOON.replace(hour=23)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, clock=StoppedClock()) as node:
        node.add_provider("vendor-small", "http://127.0.0.1:9/v1")
        node.add_provider("own", None, supplier="us", model="large", sha256="cd" * 32)
        with node.runtime.store.transaction("test") as tx:
            node.runtime.service(Catalogue).register(tx, an_organisation("acme", country="DE"))
        yield node


def run(node: Node, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "240"}).invoke(commands, list(words), obj=node.runtime)


def listed(node: Node, command: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(node, command, "--json").output)
    return found


@pytest.mark.parametrize(
    ("words", "target", "closes"),
    [
        (("vendor",), "supplier vendor", ["vendor-small"]),
        (("--supplier", "us"), "supplier us", ["own"]),
        (("--provider", "own"), "provider own", ["own"]),
        (("--model", "small"), "model small", ["vendor-small"]),
        (("--model", DIGEST), f"model {DIGEST}", ["vendor-small"]),
        (("--jurisdiction", "DE"), "jurisdiction DE", ["vendor-small", "own"]),
    ],
)
def test_whatever_is_named_is_suspended_listed_and_lifted(
    node: Node, words: tuple[str, ...], target: str, closes: list[str]
) -> None:
    said = run(node, "suspend", *words, "--hours", "11")
    assert said.exit_code == 0, said.exception
    assert "until 2026-01-01 23:00:00 UTC" in said.output
    assert f"That closes {', '.join(closes)}." in said.output

    [row] = listed(node, "suspensions")
    assert f"{row['kind'].removesuffix('_sha256')} {row['name']}" == target
    assert (row["providers"], row["by"]) == (closes, "in")
    assert target in run(node, "suspensions").output

    assert run(node, "lift", *words).output == f"Requests go to {row['name']} again.\n"
    assert isinstance(run(node, "lift", *words).exception, NotFound)
    assert listed(node, "suspensions") == []


def test_a_suspension_can_be_of_some_services_and_begin_later(node: Node) -> None:
    node.offer("helpline", ["vendor-small"], ["hi-Deva"])
    words = ("--service", "helpline", "--language", "hi-Deva", "--from", "2026-01-02T06:00:00")
    more = ("--cut-streams", "--visibility", "partners", "--reason", "an order", "--json")

    made = json.loads(run(node, "suspend", "vendor", *words, *more).output)

    assert made["services"] == ["helpline"]
    assert made["languages"] == ["hi-Deva"]
    assert (made["starts"], made["until"]) == ("2026-01-02T06:00:00Z", "2026-01-03T06:00:00Z")
    assert (made["cuts_streams"], made["visibility"]) == (True, "partners")
    assert made["providers"] == ["vendor-small"]
    row = " ".join(run(node, "suspensions").output.split())
    assert "helpline, hi-Deva 2026-01-02 06:00:00 2026-01-03 06:00:00 cut vendor-small" in row


def test_a_service_that_is_none_is_refused_and_nothing_is_suspended(node: Node) -> None:
    done = run(node, "suspend", "vendor", "--service", "nothing")

    assert isinstance(done.exception, UnknownService)
    assert listed(node, "suspensions") == []


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("vendor", "--provider", "own"),
        ("--jurisdiction", "Germany"),
        ("vendor", "--visibility", "public"),
    ],
)
def test_what_is_not_one_thing_is_refused(node: Node, words: tuple[str, ...]) -> None:
    assert isinstance(run(node, "suspend", *words).exception, Invalid)
    assert listed(node, "suspensions") == []


def test_a_country_that_is_not_known_is_said(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        node.runtime.service(Catalogue).register(tx, an_organisation("acme"))

    said = run(node, "suspend", "--jurisdiction", "DE").output

    assert "That closes no provider of this node." in said
    assert "Not reached, for their country is not known: vendor-small, own." in said


def test_what_a_provider_said_is_listed_confirmed_and_dismissed(node: Node) -> None:
    with node.runtime.store.transaction("test") as tx:
        said = [
            Objection(name, "vendor", 403, "forbidden", NOON) for name in ("vendor-small", "own")
        ]
        node.runtime.service(Gateway).object(tx, said)
    first, second = (row["id"] for row in listed(node, "objections"))
    assert "forbidden (403)" in run(node, "objections").output

    confirmed = run(node, "confirm", first[:6], "--hours", "11")
    assert "No request goes to vendor-small until 2026-01-01 23:00:00 UTC" in confirmed.output
    dismissed = run(node, "dismiss", second, "--reason", "the key was renewed")

    assert dismissed.output == "Nothing is suspended: requests may go to own.\n"
    assert listed(node, "objections") == []
    assert isinstance(run(node, "dismiss", first, "--reason", "x").exception, NoSuchProposal)


def test_a_partners_suspension_is_listed_and_ended_by_its_id(node: Node) -> None:
    theirs = Suspension(
        made_at=NOON, until=DAY, reason="an order", jurisdiction="DE", visibility="partners"
    )
    arrived(node.runtime.store, theirs)

    [row] = listed(node, "suspensions")
    assert (row["by"], row["providers"]) == ("jp", [])
    assert [each["providers"] for each in listed(node, "objections")] == [["vendor-small", "own"]]
    assert run(node, "lift", theirs.id).output == "Requests go to DE again.\n"
    assert listed(node, "suspensions") == listed(node, "objections") == []


@pytest.mark.parametrize(
    "command", ["suspend", "lift", "suspensions", "objections", "confirm", "dismiss"]
)
def test_every_command_explains_itself_with_an_example(node: Node, command: str) -> None:
    shown = " ".join(run(node, command, "--help").output.split())
    assert f"Example: corridor gateway {command}" in shown
