"""From the first draft to the revocation, in the terminal."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from support.asking import Office, an_office
from typer.testing import CliRunner, Result

from corridor.access.commands import decisions, requests, revocations
from corridor.access.errors import (
    Incomplete,
    NoSuchRequest,
    NotKnown,
    SelfApproval,
    WrongState,
)
from corridor.access.service.revocations import UserFirst
from corridor.core.errors import Unavailable

REQUEST = """
project: helpline
model: small
surface: api
purpose: agriculture-advice
purpose_text: Answer farmers' questions on the telephone.
sensitivity: public
languages: [hi-Deva]
oversight: Meera reads a sample each day.
conditions:
  quota: {requests: 100}
"""

commands = typer.Typer()
for part in (requests.commands, decisions.commands, revocations.commands):
    commands.add_typer(part)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path / "in") as made:
        made.rate(1)
        made.approver("asha")
        for name in ("meera", "asha"):
            (tmp_path / f"{name}.key").write_text(made.personal_key(name))
        (tmp_path / "request.yaml").write_text(REQUEST)
        yield made


def run(office: Office, *words: str, by: str | None = None) -> Result:
    key = ["--key", str(office.home.parent / f"{by}.key")] if by else []
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, [*words, *key], obj=office.runtime)


def said(office: Office, *words: str, by: str | None = None) -> str:
    result = run(office, *words, by=by)
    assert result.exit_code == 0, result.exception
    return result.output


def asked(office: Office, *words: str) -> str:
    file = str(office.home.parent / "request.yaml")
    shown = said(office, "ask", "--file", file, *words, "--json", by="meera")
    return str(json.loads(shown)["id"])


def test_the_whole_way_from_a_draft_to_a_revocation(office: Office) -> None:
    draft = asked(office)
    lacks = said(office, "show", draft, by="meera")
    edited = said(office, "edit", draft, "--set", "days=30", by="meera")
    submitted = said(office, "submit", draft, by="meera")
    request = re.findall(r"Request (\w+)", submitted)[0]
    office.evidence()
    listed = said(office, "list")
    less = "conditions.quota.requests=10"
    approved = said(office, "approve", request, "--reason", "fine", "--set", less, by="asha")
    [grant] = json.loads(said(office, "grants", "--json"))
    shown = said(office, "grant", "show", grant["grant"]["id"], by="meera")
    closed = said(office, "suspend", "principal", "meera", "--reason", "looked into", by="asha")
    over = said(office, "revocations")

    assert "needs days: is missing. Say for how many days" in lacks
    assert f"It is complete: corridor access submit {draft}" in edited
    assert "note  languages: there is no evaluation of this file in hi-Deva" in edited
    assert "the approval of another person" in submitted
    assert "waiting" in listed
    assert f"Granted: {grant['grant']['id']}" in approved
    assert grant["grant"]["conditions"]["quota"]["requests"] == 10
    assert (grant["grantee"], grant["stage"]) == ("meera", "in_force")
    assert "hi-Deva" in shown
    assert "principal meera is closed, until 2026-01-02 12:00 UTC" in closed
    assert "principal meera" in over
    assert "suspended" in said(office, "grants")


def test_a_complete_request_is_handed_in_at_once_and_an_incomplete_one_stays_a_draft(
    office: Office,
) -> None:
    complete = asked(office, "--set", "days=30", "--submit")
    file = str(office.home.parent / "request.yaml")
    kept = run(office, "ask", "--file", file, "--submit", "--json", by="meera")
    incomplete = json.loads(kept.output)["id"]

    assert kept.exit_code == 2
    states = {state["id"]: state["stage"] for state in json.loads(said(office, "list", "--json"))}
    assert states == {complete: "waiting", incomplete: "draft"}


def test_a_refusal_is_shown_with_its_reason_and_appealed(office: Office) -> None:
    request = asked(office, "--set", "days=30", "--submit")
    said(office, "refuse", request, "--reason", "the plan is thin", by="asha")
    refused = said(office, "show", request, by="meera")
    said(office, "appeal", request, "--text", "the plan is thicker now", by="meera")

    assert "the plan is thin" in refused
    assert "appealed" in said(office, "show", request)


def test_a_request_is_withdrawn(office: Office) -> None:
    request = asked(office, "--set", "days=30", "--submit")
    said(office, "withdraw", request, "--reason", "not needed", by="meera")

    assert "withdrawn" in said(office, "show", request)


def test_an_approval_of_other_bytes_decides_nothing(office: Office) -> None:
    request = asked(office, "--set", "days=30", "--submit")
    words = ("approve", request, "--reason", "fine", "--digest", "ab" * 32)

    assert isinstance(run(office, *words, by="asha").exception, WrongState)
    assert "nobody yet" in said(office, "show", request)


def test_what_waited_for_evidence_is_issued_when_it_came(office: Office) -> None:
    request = asked(office, "--set", "days=30", "--submit")
    waits = said(office, "approve", request, "--reason", "fine", by="asha")
    early = run(office, "issue", request)
    office.evidence()

    assert "The request waits for an evaluation of small" in waits
    assert isinstance(early.exception, WrongState)
    assert said(office, "issue", request).startswith("Granted: ")


def test_without_a_key_nobody_acts_and_with_a_wrong_one_neither(office: Office) -> None:
    (office.home.parent / "wrong.key").write_text("ck-nobody")

    assert isinstance(run(office, "ask").exception, NotKnown)
    assert isinstance(run(office, "ask", by="wrong").exception, NotKnown)
    assert isinstance(run(office, "ask", by="nofile").exception, Unavailable)
    assert isinstance(run(office, "list", by="wrong").exception, NotKnown)


def test_nobody_decides_on_their_own_request_in_the_terminal_either(office: Office) -> None:
    office.project("own", "acme")
    words = ("--set", "project=own", "--set", "days=30", "--submit", "--json")
    file = str(office.home.parent / "request.yaml")
    request = json.loads(said(office, "ask", "--file", file, *words, by="asha"))["id"]

    result = run(office, "approve", request, "--reason", "why not", by="asha")

    assert isinstance(result.exception, SelfApproval)


@pytest.mark.parametrize("word", ["days", "dayz=3"])
def test_a_word_that_is_no_field_is_refused(office: Office, word: str) -> None:
    assert isinstance(run(office, "ask", "--set", word, by="meera").exception, Incomplete)


def test_a_file_that_is_not_there_is_said_so(office: Office) -> None:
    result = run(office, "ask", "--file", "/nowhere/request.yaml", by="meera")

    assert isinstance(result.exception, Unavailable)


def test_an_organisation_is_closed_only_as_a_whole_when_that_is_said(office: Office) -> None:
    words = ("suspend", "organisation", "mission", "--reason", "misuse")

    assert isinstance(run(office, *words).exception, UserFirst)
    [made] = json.loads(said(office, *words, "--whole", "--json"))
    assert "lifted" in said(office, "lift", made["id"], "--reason", "cleared")
    assert said(office, "revocations") == "Revocations: none yet.\n"
    assert "cleared" in said(office, "revocations", "--all")


def test_a_revocation_until_a_day_ends_on_it(office: Office) -> None:
    words = ("revoke", "purpose", "research", "--reason", "pause", "--until", "2026-02-01")

    assert "until 2026-02-01 00:00 UTC" in said(office, *words)


def test_what_is_due_is_listed(office: Office) -> None:
    request = asked(office, "--set", "days=30", "--submit")
    office.clock.advance(8 * 86_400)

    [due] = json.loads(said(office, "due", "--json"))
    assert due["id"] == request
    assert "request waits" in said(office, "due")


def test_a_partners_grant_is_countersigned_and_reviewed(tmp_path: Path) -> None:
    with (
        an_office(tmp_path / "jp", "jp", with_model=False) as jp,
        an_office(tmp_path / "in", "in") as here,
    ):
        jp.partner("in")
        here.partner("jp")
        for each in (jp, here):
            each.rate(3)
        here.evidence()
        here.approver("asha")
        here.approver("hana", "tokodai")
        for name in ("asha", "hana"):
            (tmp_path / f"{name}.key").write_text(here.personal_key(name))
        jp.read(here)
        request = jp.ask()
        for name in ("kenji", "yuki"):
            jp.approver(name, "tokodai")
            grant = jp.approve(request, name)
        here.read(jp)
        assert grant is not None
        words = ("countersign", "jp", grant.id, "--reason", "known")

        assert "another country" in said(here, *words, by="hana")
        assert "This node agrees" in said(here, *words, by="asha")
        reviewed = said(
            here, "review", grant.id, "--issuer", "jp", "--reason", "as declared", by="asha"
        )
        assert reviewed.startswith("Reviewed; the next look is due by")
        assert "of mission" in said(here, "grants")
        assert "refuses" in said(here, *words, "--refuse", by="asha")


@pytest.mark.parametrize(
    "command",
    [
        *("ask", "edit", "submit", "list", "show", "withdraw", "approve", "refuse", "appeal"),
        *("issue", "countersign", "grants", "grant show", "review", "due"),
        *("revoke", "suspend", "lift", "revocations"),
    ],
)
def test_every_command_explains_itself_with_an_example(office: Office, command: str) -> None:
    shown = " ".join(said(office, *command.split(), "--help").split())

    assert f"Example: corridor access {command}" in shown


def test_the_beginning_of_an_id_is_enough_and_several_are_named(office: Office) -> None:
    draft = asked(office, "--set", "days=30")
    said(office, "edit", draft[:6], "--set", "affected=farmers", by="meera")
    submitted = said(office, "submit", draft[:8], by="meera")
    request = re.findall(r"Request (\w+)", submitted)[0]
    office.evidence()
    assert request in said(office, "show", draft[:6], by="meera")
    assert "Granted" in said(office, "approve", request[:6], "--reason", "fine", by="asha")
    [grant] = json.loads(said(office, "grants", "--json"))
    grant_id = str(grant["grant"]["id"])

    assert grant_id in said(office, "grant", "show", grant_id[:6])
    closed = said(office, "suspend", "grant", grant_id[:6], "--reason", "looked into", by="asha")
    revocation = re.findall(r"revocation (\w+)", closed)[0]
    assert f"grant {grant_id} is closed" in closed
    assert f"Revocation {revocation} is lifted" in said(
        office, "lift", revocation[:7], "--reason", "all is well", by="asha"
    )
    assert run(office, "show", request[:5], by="meera").exit_code != 0


def test_nobody_learns_of_anothers_ids_by_trying_beginnings(office: Office) -> None:
    request = asked(office, "--set", "days=30")
    office.person("stranger")
    (office.home.parent / "stranger.key").write_text(office.personal_key("stranger"))

    result = run(office, "show", request[:6], by="stranger")

    assert isinstance(result.exception, NoSuchRequest)
    assert request not in str(result.exception)


def test_a_tier_is_asked_for_and_exact_models_are_granted(office: Office) -> None:
    office.evidence()
    without = office.home.parent / "tier.yaml"
    without.write_text(REQUEST.replace("model: small\n", ""))
    words = ("--file", str(without), "--tier", "1")
    kept = run(office, "ask", *words, "--submit", by="meera")
    assert (kept.exit_code, "needs days: is missing" in kept.output) == (2, True)

    asked = said(office, "ask", *words, "--set", "days=30", "--submit", by="meera")
    request = re.findall(r"Request ([0-9a-f]{32})", asked)[0]
    assert re.search(r"waits for +an approver who names exact models of this node", asked)
    assert re.search(r"any model up to tier +1", asked)
    assert "any up to tier 1" in said(office, "list", by="meera")
    assert isinstance(
        run(office, "approve", request, "--reason", "seen", by="asha").exception, WrongState
    )

    named = ("approve", request[:8], "--model", "small", "--reason", "seen", "--set", "days=10")
    approved = said(office, *named, by="asha")

    exact = re.findall(r"small: request ([0-9a-f]{32})", approved)[0]
    assert "Granted: " in approved
    assert re.search(rf"became +{exact}", said(office, "show", request, by="meera"))
    assert re.search(rf"came of +{request}", said(office, "show", exact, by="meera"))
