import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.builders import an_identity
from support.logs import ALog, befriend, standing_of
from support.partners import a_node, a_served_node
from typer.testing import CliRunner, Result

from corridor.core.cosignatures import cosigner_key
from corridor.core.trust import trust_of
from corridor.edge.runtime import Runtime
from corridor.federation import Evidence, Federation, Gossip, Witness
from corridor.federation.commands import commands
from corridor.federation.errors import AuditLogChanged, NotProved
from corridor.federation.ports import Seen, SeenLogs


@pytest.fixture
def log() -> ALog:
    return ALog().grow(6)


@pytest.fixture
def node(tmp_path: Path, log: ALog) -> Iterator[Runtime]:
    with a_node(tmp_path / "south") as runtime:
        befriend(runtime, log.identity)
        yield runtime


def run(node: Runtime, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(commands, list(words), obj=node)


def test_that_no_fork_is_known_is_said(node: Runtime) -> None:
    assert run(node, "forks").output == "Forks: none known.\n"
    assert json.loads(run(node, "forks", "--json").output) == {
        "forks": [],
        "behind": [],
        "not_proved": [],
    }


def test_a_log_that_stays_behind_what_others_saw_is_listed(node: Runtime, log: ALog) -> None:
    shown = SeenLogs(logs=(Seen(origin="north", note=log.note()),))
    with node.store.transaction("test") as tx:
        node.service(Gossip).hear(tx, "west", shown)

    said = run(node, "forks").output

    assert "Behind what it showed to others" in said
    assert "west" in said
    [behind] = json.loads(run(node, "forks", "--json").output)["behind"]
    assert (behind["log"], behind["size"], behind["held"]) == ("north", 6, 0)


def test_a_fork_is_shown_with_both_notes(node: Runtime, log: ALog) -> None:
    other = log.fork(2, 4)
    found = Evidence(smaller=other.note(), larger=log.note(), root=log.root(6).hex())
    with node.store.transaction("test") as tx:
        partner = node.service(Federation).partner(tx, "north")
        node.service(Witness).accuse(tx, partner, found)

    said = run(node, "forks").output

    assert "north forked: it signed two logs, of 6 and of 6 entries" in said
    assert log.note() in said
    assert other.note() in said


def test_the_keys_are_printed_as_a_trust_file(node: Runtime, log: ALog) -> None:
    trust = trust_of(run(node, "witnesses").output)

    assert [key.key for key in trust.logs] == [node.identity.signer.public]
    assert trust.witnesses == (cosigner_key("north", log.identity.signer.public),)
    assert trust.quorum == 1
    assert json.loads(run(node, "witnesses", "--json").output)["settled_size"] is None


def test_a_partners_account_is_checked_against_what_was_cosigned(
    node: Runtime, tmp_path: Path
) -> None:
    with a_served_node(tmp_path / "west", "west") as west:
        befriend(node, west.identity, west.address)
        with west.store.transaction("test") as tx:
            tx.audit("test.act", "a secret")
        first = run(node, "audit", "west").output
        with west.store.transaction("test") as tx:
            for _ in range(4):
                tx.audit("test.act", "a secret")
        second = run(node, "audit", "west").output
        facts = json.loads(run(node, "audit", "west", "--json").output)

    assert first.startswith("west/audit has 1 acts. This node has cosigned it for the first time")
    assert second.startswith(
        "west/audit has 5 acts. Nothing was removed from or changed in the first 1 since 2026-01-01"
    )
    assert (facts["size"], facts["checked"]) == (5, 5)
    assert "secret" not in first + second


def test_an_account_that_became_shorter_is_an_error(node: Runtime, tmp_path: Path) -> None:
    identity = an_identity("west")
    with a_served_node(tmp_path / "one", "west", identity=identity) as west:
        befriend(node, identity, west.address)
        with west.store.transaction("test") as tx:
            for _ in range(3):
                tx.audit("test.act")
        assert run(node, "audit", "west").exit_code == 0
    with a_served_node(tmp_path / "two", "west", identity=identity) as west:
        befriend(node, identity, west.address)
        with west.store.transaction("test") as tx:
            tx.audit("test.act")
        failed = run(node, "audit", "west")

        with node.store.view() as view:
            [comparison] = node.service(Gossip).to_compare(view)
            [told] = view.audited(act="partner.audit_changed")
        with pytest.raises(NotProved) as refused:
            asyncio.run(node.service(Gossip).compare(comparison))
    assert isinstance(failed.exception, AuditLogChanged)
    assert "shows an account of 1 acts; it had 3" in failed.exception.message
    assert told.subject == "west"

    with node.store.transaction("test") as tx:
        node.service(Gossip).leave_open(tx, comparison, refused.value)
    assert run(node, "forks").output.replace("\n", " ") == (
        "Forks: none known. west/audit is not shown to be one log; that proves no fork. south was "
        "shown 1 acts by 2026-01-01 12:00. west/audit had 3 acts and has 1 now. "
    )
    [listed] = json.loads(run(node, "forks", "--json").output)["not_proved"]
    assert (listed["log"], listed["size"], listed["reason"]) == (
        "west/audit",
        1,
        refused.value.message,
    )


def test_an_account_that_was_changed_is_evidence_and_freezes_the_partner(
    node: Runtime, tmp_path: Path
) -> None:
    identity = an_identity("west")
    for folder, acts in (("one", 3), ("two", 5)):
        with a_served_node(tmp_path / folder, "west", identity=identity) as west:
            befriend(node, identity, west.address)
            with west.store.transaction("test") as tx:
                for number in range(acts):
                    tx.audit("test.act", f"{folder} {number}")
            result = run(node, "audit", "west")
            with node.store.view() as view:
                comparisons = node.service(Gossip).to_compare(view)
            for each in comparisons:  # as the running node does
                evidence = asyncio.run(node.service(Gossip).compare(each))
                with node.store.transaction("test") as tx:
                    assert node.service(Gossip).settle(tx, each, evidence)

    assert isinstance(result.exception, AuditLogChanged)
    assert standing_of(node, "west") == "frozen"
    assert "west/audit forked: it signed two logs, of 3 and of 5" in run(node, "forks").output
