import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.builders import an_identity
from support.partners import FakeLog, FakePartners, a_node, a_note
from typer.testing import CliRunner, Result

from corridor.edge.runtime import Runtime
from corridor.federation import Federation, Partner
from corridor.federation.commands import commands
from corridor.federation.errors import Frozen, NoSuchPartner


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def node(tmp_path: Path, log: FakeLog) -> Iterator[Runtime]:
    with a_node(tmp_path, client=log) as runtime:
        yield runtime


def run(node: Runtime, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(commands, list(words), obj=node)


def add(node: Runtime, log: FakeLog) -> None:
    federation = node.service(Federation)
    card = asyncio.run(federation.card(log.url))
    fingerprint = log.identity.signer.public.fingerprint
    with node.store.transaction("test") as tx:
        federation.add(tx, log.identity.name, log.url, fingerprint, card)


def test_nobody_is_accepted_who_was_not_invited(node: Runtime, log: FakeLog) -> None:
    result = run(node, "accept", "north", log.identity.signer.public.fingerprint)

    assert isinstance(result.exception, NoSuchPartner)
    assert json.loads(run(node, "list", "--json").output) == []


def test_a_frozen_partner_is_resumed_only_by_whoever_says_that_they_know(
    node: Runtime, log: FakeLog
) -> None:
    add(node, log)
    run(node, "suspend", "north", "--reason", "a key may be stolen")
    with node.store.transaction("test") as tx:
        node.service(Federation).freeze(tx, "north", "Its log north forked.")
    words = ("resume", "north", "--reason", "it was not")

    refused = run(node, *words)

    assert isinstance(refused.exception, Frozen)
    assert "--although-frozen" in (refused.exception.hint or "")
    assert "frozen: Its log north forked. It was suspended" in run(node, "list").output
    assert run(node, *words, "--although-frozen").output == "north is active again.\n"


def test_the_standing_of_a_partner_is_listed_with_its_reason(node: Runtime, log: FakeLog) -> None:
    add(node, log)

    said = run(node, "suspend", "north", "--reason", "a key may be stolen").output
    suspended = run(node, "list").output
    resumed = run(node, "resume", "north", "--reason", "it was not").output
    [listed] = json.loads(run(node, "list", "--json").output)
    removed = run(node, "remove", "north", "--reason", "the agreement ended").output

    assert said == "north is suspended.\n"
    assert "suspended" in suspended
    assert "a key may be stolen" in suspended
    assert resumed == "north is active again.\n"
    assert (listed["standing"], listed["reason"]) == ("active", "it was not")
    assert removed == "north is no partner any more.\n"
    assert isinstance(run(node, "sync", "north").exception, NoSuchPartner)


def test_sync_prints_what_came(node: Runtime, log: FakeLog) -> None:
    add(node, log)
    log.add(a_note())
    log.add(a_note(), hidden=True)

    result = run(node, "sync", "north")

    assert result.exit_code == 0
    assert result.output == "north: 2 new entries, 1 of them visible here, 0 of unknown kind.\n"
    listed = json.loads(run(node, "list", "--json").output)[0]
    assert (listed["next_position"], listed["records_known"]) == (2, 1)


def test_a_sync_that_fails_has_the_exit_code_of_its_kind_and_is_kept(
    node: Runtime, log: FakeLog
) -> None:
    add(node, log)
    log.add(a_note(), issuer="west")

    assert run(node, "sync").exit_code == 2
    assert "position 0" in json.loads(run(node, "list", "--json").output)[0]["last_error"]


def test_a_sync_of_all_goes_on_after_one_that_fails(tmp_path: Path) -> None:
    north, west = FakeLog(), FakeLog(an_identity("west"), "http://west.example")
    north.add(a_note(), issuer="west")
    west.add(a_note())
    with a_node(tmp_path, client=FakePartners(north, west)) as node:
        add(node, north)
        add(node, west)

        result = run(node, "sync")

        assert result.exit_code == 2
        assert "west: 1 new entries" in result.output
        assert "Error: north, position 0" in result.output


def test_a_sync_with_nobody_is_not_found(node: Runtime) -> None:
    assert isinstance(run(node, "sync", "east").exception, NoSuchPartner)


def test_the_list_is_a_table_or_says_that_there_is_nobody(node: Runtime, log: FakeLog) -> None:
    assert run(node, "list").output == "Partners: none yet.\n"
    add(node, log)

    table = run(node, "list").output

    assert "north" in table
    assert "never" in table


def test_the_fingerprint_is_shown_with_name_and_address(node: Runtime) -> None:
    lines = run(node, "fingerprint").output.splitlines()

    assert [line.split() for line in lines] == [
        ["name", "south"],
        ["address", "http://south.example"],
        ["fingerprint", node.identity.signer.public.fingerprint],
    ]


def test_every_record_is_listed_and_an_unknown_kind_is_called_so(
    tmp_path: Path, log: FakeLog
) -> None:
    log.add(a_note())
    with a_node(tmp_path, client=log, kinds={Partner.kind: Partner}) as node:
        add(node, log)
        run(node, "sync")

        table = run(node, "records").output
        rows = json.loads(run(node, "records", "--issuer", "north", "--json").output)

    assert table.count("federation.partner v1") == 1
    assert table.count("unknown kind") == 1
    assert [(row["issuer"], row["position"], row["kind"], row["known"]) for row in rows] == [
        ("north", 0, "test.note", False)
    ]


@pytest.mark.parametrize(
    "command",
    [
        *("invite", "accept", "list", "suspend", "resume", "remove", "recover"),
        *("sync", "fingerprint", "records"),
    ],
)
def test_every_command_explains_itself_with_an_example(node: Runtime, command: str) -> None:
    shown = run(node, command, "--help").output

    assert f"Example: corridor partner {command}" in shown
