import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.access import Desk, a_desk
from typer import Typer
from typer.testing import CliRunner, Result

from corridor.access.commands import keys, people
from corridor.access.errors import NoSuchKey, NoSuchPrincipal, NotTrusted
from corridor.core.errors import Conflict, Invalid


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path) as desk:
        yield desk


def run(desk: Desk, *words: str) -> Result:
    group = Typer()
    people.add_to(group)
    keys.add_to(group)
    return CliRunner(env={"COLUMNS": "200"}).invoke(group, list(words), obj=desk.runtime)


def test_people_are_added_changed_and_listed(desk: Desk) -> None:
    run(desk, "people", "add", "ana", "--organisation", "acme", "--role", "member")
    words = ("--organisation", "acme", "--type", "service", "--responsible", "ana")
    run(desk, "people", "add", "bot", *words)
    reason = ("--reason", "new task")
    changed = run(desk, "people", "change", "ana", "--role", "approver", *reason)
    [ana, bot] = json.loads(run(desk, "people", "list", "--json").output)

    assert changed.output == "ana of acme has approver.\n"
    assert (ana["roles"], ana["identity_level"]) == (["approver"], 0)
    assert (bot["type"], bot["responsible"]) == ("service", "ana")
    assert "answered for by" in run(desk, "people", "list").output
    bare = run(desk, "people", "change", "ana", "--no-role", *reason)
    assert bare.output == "ana of acme has no role.\n"
    both = run(desk, "people", "change", "ana", "--no-role", "--role", "member", *reason)
    assert isinstance(both.exception, Invalid)
    unknown = run(desk, "people", "change", "ana", "--role", "root", *reason)
    assert "approver" in str(getattr(unknown.exception, "hint", ""))


def test_who_left_is_listed_only_where_asked_for_and_services_are_named(desk: Desk) -> None:
    desk.person("ana")
    desk.service_of("ana", "bot")

    left = run(desk, "people", "leave", "ana", "--reason", "left acme")

    assert "ana has left" in left.output
    assert "Nobody answers for bot" in left.output
    assert [p["name"] for p in json.loads(run(desk, "people", "list", "--json").output)] == ["bot"]
    assert "ana (left)" in run(desk, "people", "list", "--all").output
    assert "bot has nobody who answers for it" in run(desk, "people", "list").output
    assert isinstance(run(desk, "people", "show", "ana").exception, NoSuchPrincipal)


def test_what_was_verified_is_kept_and_shown_without_what_it_was_seen_on(
    desk: Desk, tmp_path: Path
) -> None:
    desk.person("ana")
    desk.person("ben")
    seen = tmp_path / "seen"
    seen.write_text("born in Pune\n")
    until = ("--by", "ben", "--until", "2026-06-01", "--level", "high")
    words = ("people", "claim", "ana", "identity", "verified", *until)

    kept = run(desk, *words, "--person-from", str(seen))
    shown = run(desk, "people", "show", "ana", "--json")

    assert kept.output == "identity of ana: verified, high.\n"
    assert json.loads(shown.output)["claims"][0]["until"] == "2026-06-01T00:00:00Z"
    assert "same_person" not in shown.output
    assert "verified" in run(desk, "people", "show", "ana").output
    refused = run(desk, "people", "claim", "ana", "identity", "TK1234567", *until)
    assert isinstance(refused.exception, Invalid)


def test_an_account_of_a_stranger_is_linked_to_nobody(desk: Desk) -> None:
    desk.person("ana")

    refused = run(desk, "people", "link", "ana", "https://evil.example", "42")

    assert isinstance(refused.exception, NotTrusted)


def test_a_project_is_added_and_listed(desk: Desk) -> None:
    words = ("helpdesk", "--title", "Helpdesk", "--organisation", "acme")
    run(desk, "project", "add", *words)

    assert "Helpdesk" in run(desk, "project", "list").output
    [listed] = json.loads(run(desk, "project", "list", "--json").output)
    assert (listed["name"], listed["purpose"]) == ("helpdesk", None)


def test_a_key_is_issued_rotated_and_revoked(desk: Desk, tmp_path: Path) -> None:
    desk.person("ana")
    desk.project()
    first = run(desk, "key", "issue", "ana").stdout.strip()
    assert desk.known(first) == "ana"
    prefix, file = first[:11], tmp_path / "new.key"

    rotated = run(desk, "key", "rotate", prefix, "--hours", "2", "--to", str(file))

    second = file.read_text()
    assert second not in rotated.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert desk.known(first) == desk.known(second) == "ana"
    rows = json.loads(run(desk, "key", "list", "--json").output)
    assert [row["prefix"] for row in rows] == [prefix, second[:11]]
    assert rows[0]["ends_at"].startswith("2026-01-01 14:00")
    assert "digest" not in rows[0]
    said = run(desk, "key", "revoke", second[:11], "--reason", "lost").output
    assert said == f"ana's key {second[:11]}… opens nothing any more.\n"
    assert "in force" in run(desk, "key", "list", "--of", "ana").output
    assert "revoked" in run(desk, "key", "list", "--all").output
    again = run(desk, "key", "revoke", second[:11], "--reason", "lost")
    assert isinstance(again.exception, NoSuchKey)


def test_a_key_that_cannot_be_written_is_not_made(desk: Desk, tmp_path: Path) -> None:
    desk.person("ana")
    desk.project()
    file = tmp_path / "taken"
    file.write_text("something")
    words = ("--project", "helpdesk", "--model", "*", "--to", str(file))

    assert isinstance(run(desk, "key", "issue", "ana", *words).exception, Conflict)
    assert json.loads(run(desk, "key", "list", "--all", "--json").output) == []
    assert file.read_text() == "something"


@pytest.mark.parametrize(
    "command",
    [
        *(f"people {name}" for name in ("list", "show", "add", "change", "leave", "link", "claim")),
        *("project list", "project add", "key list", "key issue", "key rotate", "key revoke"),
    ],
)
def test_every_command_explains_itself_with_an_example(desk: Desk, command: str) -> None:
    shown = " ".join(run(desk, *command.split(), "--help").output.split())

    assert f"Example: corridor access {command}" in shown
