"""Policies, purposes and their replay on the command line."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from support.builders import NOON, a_store, an_identity
from support.clocks import StoppedClock
from typer.testing import CliRunner, Result

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.policy_cases import shipped_case_file
from corridor.access.commands.policies import commands
from corridor.access.commands.policy_diff import diff
from corridor.access.commands.policy_purposes import purposes
from corridor.access.errors import BadPolicy, NoSuchPolicy
from corridor.access.records.account import Decided
from corridor.access.rules.secrets import Secrets
from corridor.access.service.policies import Policies
from corridor.access.service.policy_replay import Replay
from corridor.access.store import MIGRATIONS, account
from corridor.core.errors import Conflict, Unavailable
from corridor.edge.runtime import Runtime

BASE = shipped_case_file()[1]
NIGHT = '@id("night") @reason("too_late") forbid(principal, action, resource) when { context.hour == 3 };'
OPEN = '// all\n@id("open") permit(principal, action, resource);'
WHY = ("--reason", "as the board decided")

app = typer.Typer()
app.add_typer(commands, name="policy")
app.add_typer(purposes, name="purpose")
app.command()(diff)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Runtime]:
    clock = StoppedClock()
    store = a_store(tmp_path, an_identity("in"), clock, MIGRATIONS)
    policies = Policies(clock, CedarEngine())
    services = {Policies: policies, Replay: Replay(clock, Secrets.of(bytes(32)))}
    yield Runtime(tmp_path, "http://in.example", store, services, {}, "token")
    store.close()


@pytest.fixture
def night(tmp_path: Path) -> str:
    return written(tmp_path, "night.cedar", NIGHT)


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def run(node: Runtime, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, list(words), obj=node)


def test_a_file_is_checked_published_listed_shown_and_retired(node: Runtime, night: str) -> None:
    assert "nothing wrong" in run(node, "policy", "check", night).output
    assert run(node, "policy", "publish", "hours", night, *WHY).exit_code == 0
    shown = json.loads(run(node, "policy", "list", "--json").output)
    assert [each["name"] for each in shown["policies"]] == ["shipped", "hours"]
    assert shown["version"] in run(node, "policy", "list").output
    assert run(node, "policy", "show", "hours").output == f"{NIGHT}\n"
    assert '@id("granted-use")' in run(node, "policy", "show", "shipped").output

    assert run(node, "policy", "retire", "hours", *WHY).exit_code == 0
    shown = json.loads(run(node, "policy", "list", "--json").output)
    assert [each["name"] for each in shown["policies"]] == ["shipped"]
    changes = json.loads(run(node, "policy", "history", "--json").output)
    assert [(each["name"], each["in_force"]) for each in changes] == [
        ("hours", True),
        ("hours", False),
    ]
    assert changes[1]["version"] == shown["version"]
    assert "retired" in run(node, "policy", "history", "hours").output
    assert "not in force any more" in run(node, "policy", "show", "hours").output


def test_what_is_wrong_is_told_with_its_place_and_nothing_is_published(
    node: Runtime, tmp_path: Path
) -> None:
    file = written(tmp_path, "open.cedar", OPEN)
    checked = run(node, "policy", "check", file)
    assert isinstance(checked.exception, BadPolicy)
    assert "open, line 2, policy open: it allows all" in checked.output
    (fault,) = json.loads(run(node, "policy", "check", file, "--json").output)
    assert (fault["name"], fault["line"], fault["policy"]) == ("open", 2, "open")

    refused = run(node, "policy", "publish", "open", file, *WHY)
    assert isinstance(refused.exception, BadPolicy)
    assert run(node, "policy", "list").output.count("open") == 0


def test_all_files_of_a_folder_are_checked_beside_what_is_in_force(
    node: Runtime, night: str, tmp_path: Path
) -> None:
    run(node, "policy", "publish", "hours", night, *WHY)
    folder = tmp_path / "more"
    folder.mkdir()
    written(folder, "one.cedar", NIGHT)
    written(folder, "two.cedar", NIGHT.replace("night", "evening"))

    found = json.loads(run(node, "policy", "check", str(folder), "--json").output)

    assert [(each["name"], each["policy"]) for each in found] == [("one", "night")]


def test_a_file_that_is_not_there_is_said_to_be_unreadable(node: Runtime, tmp_path: Path) -> None:
    assert isinstance(run(node, "policy", "check", "nowhere.cedar").exception, Unavailable)
    (tmp_path / "bad.cedar").write_bytes(b"\xff")
    result = run(node, "policy", "check", str(tmp_path / "bad.cedar"))
    assert isinstance(result.exception, Unavailable)
    assert "not UTF-8" in str(result.exception)


def test_the_schema_is_printed_as_cedar_takes_it(node: Runtime) -> None:
    shown = run(node, "policy", "schema").output
    assert shown.startswith("entity Principal;")
    assert "    evidence_days: Long,\n" in shown


def test_the_shipped_cases_are_run_and_all_come_out(node: Runtime) -> None:
    result = run(node, "policy", "test")
    count = len(shipped_case_file()[0].cases)
    assert (result.exit_code, result.output) == (
        0,
        f"{count} of {count} cases come out as they should.\n",
    )


def test_own_cases_are_run_against_what_is_in_force_and_what_is_added(
    node: Runtime, night: str, tmp_path: Path
) -> None:
    cases = written(
        tmp_path,
        "cases.yaml",
        "cases:\n"
        "- {name: at night it is closed, facts: {hour: 3}, expect: deny, reasons: [too_late]}\n"
        "- {name: by day it is open, facts: {hour: 4}, expect: allow}\n",
    )
    without = run(node, "policy", "test", cases)
    assert isinstance(without.exception, Conflict)
    assert "at night it is closed: it is allowed" in without.output
    assert run(node, "policy", "test", cases, "--with", night).exit_code == 0

    run(node, "policy", "publish", "hours", night, *WHY)
    found = json.loads(run(node, "policy", "test", cases, "--json").output)
    assert [(each["allowed"], each["reasons"], each["fault"]) for each in found] == [
        (False, ["too_late"], None),
        (True, [], None),
    ]


def test_purposes_are_listed_added_and_retired(node: Runtime) -> None:
    added = run(node, "purpose", "add", "tax-advice", "--title", "Advise taxpayers")
    assert added.exit_code == 0
    run(node, "purpose", "add", "pentest", "--title", "Test", "--class", "offensive")
    run(node, "purpose", "retire", "research", *WHY)

    listed = json.loads(run(node, "purpose", "list", "--json").output)

    found = {each["name"]: each["use_class"] for each in listed}
    assert (found["tax-advice"], found["pentest"]) == ("general", "offensive")
    assert "research" not in found
    assert "tax-advice" in run(node, "purpose", "list").output


def account_for(node: Runtime, who: str, hour: int) -> None:
    facts = replace(BASE, hour=hour)
    shared = {
        name: getattr(facts, name)
        for name in ("home", "organisation", "project", "model", "purpose", "language", "surface")
    }
    decided = Decided(
        request_id=f"{who}-{hour}",
        at=NOON.timestamp() - 3600,
        who=who,
        model_sha256="ab" * 32,
        grant_id="",
        allowed=True,
        reasons=("granted",),
        policies=("granted-use",),
        policy_version="",
        evidence_ids=(),
        revocation_ids=(),
        facts=facts,
        **shared,
    )
    with node.store.transaction("test") as tx:
        position = tx.audit("test")
        account.keep(tx, tx.audit_log, [(position, decided)])


def test_diff_shows_who_would_gain_and_who_would_lose(node: Runtime, night: str) -> None:
    account_for(node, "pseudonym-1", 3)
    account_for(node, "pseudonym-2", 4)
    before = json.loads(run(node, "policy", "list", "--json").output)["version"]

    found = json.loads(run(node, "diff", "now", night, "--json").output)
    assert (found["decisions"], found["same"], found["gain"]) == (2, 1, [])
    assert [(each["who"], each["after"]) for each in found["lose"]] == [
        ("pseudonym-1", ["too_late"])
    ]
    shown = run(node, "diff", "now", night, "--days", "1").output
    assert "pseudonym-1" in shown
    assert "Of 2 decisions 0 would be gained, 1 lost, 1 come out the same." in shown

    run(node, "policy", "publish", "hours", night, *WHY)
    back = json.loads(run(node, "diff", "now", before[:16], "--json").output)
    assert ([each["who"] for each in back["gain"]], back["lose"]) == (["pseudonym-1"], [])
    assert back["reasons_gone"] == {"too_late": 1}
    assert "Only the newest 1 decisions" in run(node, "diff", "now", before, "--most", "1").output


@pytest.mark.parametrize("which", ["yesterday", "0" * 64, "abc"])
def test_diff_says_what_it_does_not_know(node: Runtime, which: str) -> None:
    assert isinstance(run(node, "diff", "now", which).exception, NoSuchPolicy)


@pytest.mark.parametrize(
    "words",
    [
        *(("policy", each) for each in ("check", "publish", "retire", "list", "show")),
        *(("policy", each) for each in ("history", "schema", "test")),
        *(("purpose", each) for each in ("list", "add", "retire")),
        ("diff",),
    ],
)
def test_every_command_says_how_it_is_used(node: Runtime, words: tuple[str, ...]) -> None:
    assert "Example: corridor access" in run(node, *words, "--help").output
