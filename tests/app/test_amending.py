"""Records taken back on the command line, what partners then see, and the account of what was done."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from support.nodes import Node, a_node
from support.opening import issue_key
from support.partners import introduce, until
from support.programs import Ended, corridor_here
from support.supply import an_organisation

from corridor.access import ApiKeys
from corridor.catalogue import Organisation
from corridor.core.store import TakenBack
from corridor.federation import Federation
from corridor.gateway import Gateway


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path, "in") as made:
        with made.runtime.store.transaction("asha") as tx:
            tx.append(an_organisation("acme", visibility="partners"))
            tx.append(an_organisation("other", visibility="partners"))
        yield made


def run(node: Node, *words: str | Path) -> Ended:
    return corridor_here("--home", node.home, "log", *words)


def names(node: Node, issuer: str = "in") -> list[str]:
    with node.runtime.store.view() as view:
        return [kept.record.name for kept in view.every(Organisation, issuer)]


def test_a_withdrawn_record_no_longer_counts_and_says_so_when_it_is_shown(node: Node) -> None:
    done = run(node, "withdraw", "0", "--reason", "it was closed")

    assert done.returncode == 0, done.stderr
    assert names(node) == ["other"]
    shown = run(node, "show", "0").stdout
    assert "withdrawn on" in shown
    assert "it was closed" in shown
    assert "in force" in run(node, "show", "1").stdout
    again = run(node, "withdraw", "0", "--reason", "it was closed")
    assert again.returncode == 5
    assert TakenBack.advice is not None
    assert TakenBack.advice in again.stderr


def test_a_record_is_corrected_by_the_fields_in_a_file(node: Node, tmp_path: Path) -> None:
    shown = json.loads(run(node, "show", "0", "--json").stdout)
    fields = {**shown["predicate"]["record"], "title": "Acme as it is now"}
    right = tmp_path / "right.json"
    right.write_text(json.dumps(fields))

    done = run(node, "correct", "0", "--by", right, "--reason", "a new name")

    assert done.returncode == 0, done.stderr
    with node.runtime.store.view() as view:
        titles = [record.title for record in view.own(Organisation)]
    assert min(titles) == "Acme as it is now"
    assert len(titles) == 2
    steps = json.loads(run(node, "history", "0", "--json").stdout)
    assert [step["act"] for step in steps] == ["stated", "corrected"]
    assert steps[1]["replacement"] != fields["id"]


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "holds no JSON"), ("[]", "no JSON object"), ('{"nam": 1}', "wrong at")],
)
def test_a_file_that_holds_no_such_record_is_refused(
    node: Node, tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "wrong.json").write_text(content)

    done = run(node, "correct", "0", "--by", tmp_path / "wrong.json", "--reason", "so")

    assert done.returncode == 2
    assert said in done.stderr
    assert names(node) == ["acme", "other"]


def test_what_a_command_of_its_own_decides_is_not_undone_by_taking_it_back(
    node: Node, tmp_path: Path
) -> None:
    runtime = node.runtime
    partners, gateway = runtime.service(Federation), runtime.service(Gateway)
    keys = runtime.service(ApiKeys)
    with a_node(tmp_path, "jp") as japan:
        introduce(runtime, japan.runtime)
    with runtime.store.transaction("asha") as tx:
        partners.suspend(tx, "jp", "until it is explained")
        gateway.offer(tx, "helpline", "Helpline", ["en-Latn"])
        issue_key(runtime, tx, "an app", ("helpline",))
        [(key, _)] = keys.keys(tx)
        keys.revoke(tx, key.prefix, "it leaked")
    with runtime.store.view() as view:
        found, size = {entry.kind: entry for entry in view.entries()}, view.log_size()
    (tmp_path / "other.json").write_text("{}")

    for kind in (
        "federation.partner",
        "federation.standing",
        "access.principal",
        "access.project",
        "access.key",
        "access.key_revoked",
    ):
        record = found[kind].record_id
        taken = run(node, "withdraw", record, "--reason", "so")
        put = run(node, "correct", record, "--by", tmp_path / "other.json", "--reason", "so")
        assert (taken.returncode, put.returncode) == (3, 3), kind
        assert "What to do: " in taken.stderr
        assert "`corridor " in taken.stderr

    with runtime.store.view() as view:
        assert view.log_size() == size
        assert partners.partner(view, "jp").name == "jp"
        assert not partners.is_active(view, "jp")
        assert [state for _, state in keys.keys(view)] == ["revoked"]


def test_taking_back_is_in_the_account_of_what_was_done(node: Node) -> None:
    run(node, "withdraw", "0", "--reason", "it was closed")

    lines = json.loads(run(node, "audit", "--act", "record.withdraw", "--json").stdout)
    assert [(line["actor"], line["facts"]["reason"]) for line in lines] == [
        ("cli", "it was closed")
    ]
    assert json.loads(run(node, "audit", "--act", "no.such", "--json").stdout) == []
    assert "1 lines, as they were written" in run(node, "audit", "--check").stdout


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entries SET entry = CAST(replace(entry, 'closed', 'sold') AS BLOB)",
        "DELETE FROM audit_entries WHERE position = 1",
        "DELETE FROM log_nodes WHERE log = 'in/audit' AND level = 0 AND idx = 1",
    ],
)
def test_an_account_that_somebody_changed_is_found_out(node: Node, change: str) -> None:
    run(node, "withdraw", "0", "--reason", "it was closed")
    run(node, "withdraw", "1", "--reason", "it was sold")
    with closing(sqlite3.connect(node.home / "store.db")) as database:
        database.execute(change)
        database.commit()

    done = run(node, "audit", "--check")

    assert done.returncode == 5
    assert "in/audit" in done.stderr


def test_a_partner_sees_the_latest_state_and_the_history(tmp_path: Path) -> None:
    with ExitStack() as stack:
        india = stack.enter_context(a_node(tmp_path, "in"))
        japan = stack.enter_context(a_node(tmp_path, "jp"))
        introduce(india.runtime, japan.runtime)
        introduce(japan.runtime, india.runtime)
        with india.runtime.store.transaction("asha") as tx:
            entry = tx.append(an_organisation("acme", visibility="partners"))
        india.start()
        japan.start()
        until(lambda: names(japan) == ["acme"])

        run(india, "withdraw", entry.record_id, "--reason", "it was closed")
        until(lambda: names(japan) == [])

        seen = run(japan, "history", entry.record_id, "--issuer", "in", "--json")
        assert [step["act"] for step in json.loads(seen.stdout)] == ["stated", "withdrawn"]
