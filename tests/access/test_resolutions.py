"""Who a pseudonym is: asked with a reason, decided by people, told to the one that asked, alone."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from support.borders import ORGANISATION, PLAIN, TOKEN, USER, Border, Side, a_border, a_side
from support.partners import introduce, pull
from typer.testing import CliRunner, Result

from corridor.access.commands.borders import commands
from corridor.access.errors import (
    Incomplete,
    NoSuchGrant,
    NotAllowed,
    NotTrusted,
    WrongState,
)
from corridor.access.records import Grant, Principal, Resolution
from corridor.access.records.borders import Told
from corridor.access.rules.secrets import Secrets
from corridor.core.errors import CorridorError, NotFound
from corridor.core.store import Kept
from corridor.federation.adapters.neighbours import HttpNeighbours

WHY = "scanned hosts of others, case 12"
BECAUSE = "the misuse is evident, case 12"


@pytest.fixture
def border(tmp_path: Path) -> Iterator[Border]:
    with a_border(tmp_path) as border:
        yield border


@pytest.fixture
def grant(border: Border) -> Kept[Grant]:
    return border.grant()


def ask(border: Border, grant: Kept[Grant], pseudonym: str = "") -> Resolution:
    with border.at_in.runtime.store.transaction("cli") as tx:
        return border.at_in.resolutions.ask(tx, pseudonym or border.pseudonym, grant.record.id, WHY)


def principal(side: Side, name: str) -> Principal:
    with side.runtime.store.view() as view:
        return side.people.principal(view, name)


def answer(border: Border, question: str, by: str = "kenji", *, tell: bool = True) -> Resolution:
    person, outcome = principal(border.jp, by), "answered" if tell else "refused"
    with border.jp.runtime.store.transaction(by) as tx:
        return border.jp.resolutions.answer(tx, person, question, outcome, BECAUSE)


def fetch(border: Border, question: str) -> Told:
    with border.at_in.runtime.store.view() as view:
        standing, partner = border.at_in.resolutions.answered(view, question)
    return asyncio.run(border.at_in.resolutions.fetch(standing, partner))


def stages(side: Side) -> list[str]:
    with side.runtime.store.view() as view:
        return [each.stage for each in side.resolutions.standings(view)]


def run(side: Side, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(commands, list(words), obj=side.runtime)


def test_from_the_question_to_the_name(border: Border, grant: Kept[Grant]) -> None:
    border.jp.person("kenji", "approver")
    question = ask(border, grant)
    assert stages(border.jp) == []
    border.sync()
    assert stages(border.jp) == ["waits"]
    answer(border, question.id)
    border.sync()

    told = fetch(border, question.id)

    assert (told.name, told.type, told.organisation) == (USER, "person", ORGANISATION)
    assert stages(border.jp) == stages(border.at_in) == ["answered"]


def test_the_name_is_in_no_record_that_leaves_and_nowhere_at_the_node_that_asked(
    border: Border, grant: Kept[Grant]
) -> None:
    key = border.jp.runtime.home / "kenji.key"
    key.write_text(border.jp.person("kenji", "approver"))
    question = ask(border, grant)
    border.sync()
    said = ("--reason", BECAUSE, "--key", str(key))
    assert run(border.jp, "answer", question.id, "--tell", *said).exit_code == 0
    border.sync()

    assert USER in run(border.at_in, "resolved", question.id).output

    with border.at_in.runtime.store.view() as view:
        held = [str(view.body(entry)) for entry in view.entries()]
    assert [
        text for text in [*held, border.at_in.account()] if USER in text or "kenji" in text
    ] == []
    assert "resolution.learn" in border.at_in.account()
    assert "resolution.ask" in border.at_in.account()
    told = [line for line in border.jp.account().splitlines() if "resolution.tell" in line]
    assert len(told) == 1
    assert USER in told[0]


def test_a_refusal_says_why_and_no_name_is_told(border: Border, grant: Kept[Grant]) -> None:
    border.jp.person("kenji", "operator")
    question = ask(border, grant)
    border.sync()
    answer(border, question.id, tell=False)
    border.sync()

    with pytest.raises(WrongState, match=f"jp refused: {BECAUSE}"):
        fetch(border, question.id)
    with pytest.raises(CorridorError):
        ask_for_name(border.at_in, border.jp, question.id)


def ask_for_name(asker: Side, knower: Side, question: str) -> bytes:
    """Ask over HTTP for a name, whatever the records say."""
    url = f"{knower.runtime.address}/access/resolutions/{question}"
    return asyncio.run(HttpNeighbours(asker.runtime.identity, tls=PLAIN).ask(knower.name, url))


def test_nothing_is_told_before_somebody_has_decided(border: Border, grant: Kept[Grant]) -> None:
    question = ask(border, grant)
    border.sync()

    with pytest.raises(WrongState, match="has not answered yet"):
        fetch(border, question.id)
    with pytest.raises(CorridorError, match="status 409"):
        ask_for_name(border.at_in, border.jp, question.id)
    assert "resolution.tell" not in border.jp.account()


def test_the_name_is_told_to_no_other_partner_and_no_stranger(
    border: Border, grant: Kept[Grant], tmp_path: Path
) -> None:
    border.jp.person("kenji", "approver")
    question = ask(border, grant)
    border.sync()
    answer(border, question.id)
    url = f"{border.jp.runtime.address}/access/resolutions/{question.id}"
    with a_side(tmp_path, "kr", border.clock) as kr:
        introduce(border.jp.runtime, kr.runtime)

        with pytest.raises(CorridorError, match="status 404"):
            ask_for_name(kr, border.jp, question.id)

    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert httpx2.get(url).status_code == 403
    assert httpx2.get(url, headers=bearer).status_code == 403
    assert "resolution.tell" not in border.jp.account()
    assert ask_for_name(border.at_in, border.jp, question.id)


def test_another_partner_cannot_ask_by_the_grant_and_pseudonym_of_this_one(
    border: Border, grant: Kept[Grant], tmp_path: Path
) -> None:
    border.jp.person("kenji", "approver")
    with a_side(tmp_path, "kr", border.clock) as kr:
        introduce(border.jp.runtime, kr.runtime)
        introduce(kr.runtime, border.jp.runtime)
        stolen = Resolution(
            made_at=border.clock(),
            visibility="partners",
            asked_by="kr",
            asked_of="jp",
            pseudonym=border.pseudonym,
            grant_id=grant.record.id,
            reason=WHY,
            outcome="asked",
        )
        kr.state(stolen)
        kr.state(stolen.model_copy(update={"id": "f" * 32, "asked_by": "in"}))
        kr.start()
        pull(border.jp.runtime, border.jp.partner("kr"))

        with pytest.raises(NotFound, match="No principal of this node is the grantee"):
            answer(border, stolen.id)
        with pytest.raises(NotFound, match="There is no question"):
            answer(border, "f" * 32)


def test_only_an_operator_or_approver_decides_and_never_on_themselves(
    border: Border, grant: Kept[Grant]
) -> None:
    border.jp.person("haruto", "member", "auditor", "evaluator")
    question = ask(border, grant)
    border.sync()

    with pytest.raises(NotAllowed, match="neither operator nor approver"):
        answer(border, question.id, "haruto")
    with border.jp.runtime.store.transaction("test") as tx:
        border.jp.people.change(tx, USER, "a test", roles=("approver",))
    with pytest.raises(NotAllowed, match="themselves"):
        answer(border, question.id, USER, tell=False)
    assert stages(border.jp) == ["waits"]


def test_a_question_is_answered_once_and_asked_once_while_it_waits(
    border: Border, grant: Kept[Grant]
) -> None:
    border.jp.person("kenji", "approver")
    question = ask(border, grant)
    with pytest.raises(WrongState, match="asked this already"):
        ask(border, grant)
    border.sync()
    answer(border, question.id, tell=False)

    with pytest.raises(WrongState, match="refused already"):
        answer(border, question.id)
    border.sync()
    assert ask(border, grant).id != question.id


def test_the_node_that_asks_cannot_answer_itself(border: Border, grant: Kept[Grant]) -> None:
    question = ask(border, grant)
    forged = question.model_copy(
        update={"id": "e" * 32, "outcome": "answered", "answers": question.id}
    )
    border.at_in.state(forged)
    border.sync()

    assert stages(border.jp) == ["waits"]
    with pytest.raises(CorridorError, match="status 409"):
        ask_for_name(border.at_in, border.jp, question.id)


def test_one_can_ask_only_who_a_grantee_is_of_a_grant_that_is_known_here(
    border: Border, grant: Kept[Grant]
) -> None:
    with pytest.raises(NoSuchGrant):
        ask(border, grant, "ab" * 16)
    for unknown in ("0", "", "12" * 16, str(grant.entry.position)):
        with (
            pytest.raises(NoSuchGrant),
            border.at_in.runtime.store.transaction("cli") as tx,
        ):
            border.at_in.resolutions.ask(tx, border.pseudonym, unknown, WHY)


@pytest.mark.parametrize("reason", ["", "short", "x" * 2001, "a reason with \x1b[2J in it"])
def test_a_reason_is_needed_in_plain_words(border: Border, grant: Kept[Grant], reason: str) -> None:
    with (
        pytest.raises(Incomplete, match="reason"),
        border.at_in.runtime.store.transaction("cli") as tx,
    ):
        border.at_in.resolutions.ask(tx, border.pseudonym, grant.record.id, reason)


def test_the_words_of_a_partner_command_no_terminal(border: Border, grant: Kept[Grant]) -> None:
    hostile = Resolution(
        made_at=border.clock(),
        visibility="partners",
        asked_by="in",
        asked_of="jp",
        pseudonym=border.pseudonym,
        grant_id=grant.record.id,
        reason="clear\x1b[2J\nthe [red]screen",
        outcome="asked",
    )
    border.at_in.state(hostile)
    border.sync()

    shown = run(border.jp, "resolutions").output

    assert "\x1b" not in shown
    assert "clear [2J the [red]screen" in shown


def test_a_partner_that_answers_something_else_is_not_believed(
    border: Border, grant: Kept[Grant]
) -> None:
    border.jp.person("kenji", "approver")
    first = ask(border, grant)
    border.sync()
    answer(border, first.id)
    border.sync()
    with border.at_in.runtime.store.view() as view:
        standing, partner = border.at_in.resolutions.answered(view, first.id)
    other = standing.model_copy(update={"pseudonym": "ab" * 16})

    with pytest.raises(NotTrusted, match="answers another question"):
        asyncio.run(border.at_in.resolutions.fetch(other, partner))


def test_a_node_that_lost_its_secret_says_that_it_cannot_tell(
    border: Border, grant: Kept[Grant]
) -> None:
    border.jp.person("kenji", "approver")
    question = ask(border, grant)
    border.sync()
    answer(border, question.id)
    without = replace(border.jp.resolutions, secrets=Secrets.of(bytes(32)))
    asker = border.jp.partner("in")

    with (
        pytest.raises(NotFound, match="this node's secret has changed"),
        border.jp.runtime.store.transaction("test") as tx,
    ):
        without.tell(tx, asker, question.id)


# The commands and the routes


def test_the_commands_go_from_the_question_to_the_name(border: Border, grant: Kept[Grant]) -> None:
    key = border.jp.runtime.home / "kenji.key"
    key.write_text(border.jp.person("kenji", "approver"))
    asked = run(
        border.at_in, "resolve", border.pseudonym, "--grant", grant.record.id, "--reason", WHY
    )
    question = asked.output.split()[3]
    border.sync()
    [waiting] = json.loads(run(border.jp, "resolutions", "--json").output)
    assert (waiting["id"], waiting["reason"], waiting["stage"]) == (question, WHY, "waits")
    assert WHY in run(border.jp, "resolutions").output
    said = ("--reason", BECAUSE, "--key", str(key))
    assert "in can fetch the name now" in run(border.jp, "answer", question, "--tell", *said).output
    border.sync()

    told = json.loads(run(border.at_in, "resolved", question, "--json").output)

    assert (told["name"], told["pseudonym"]) == (USER, border.pseudonym)
    assert json.loads(run(border.jp, "resolutions", "--json").output) == []
    assert "answered: the misuse" in run(border.at_in, "resolutions", "--all").output


def test_who_answers_must_say_who_they_are_and_which_way(
    border: Border, grant: Kept[Grant]
) -> None:
    question = ask(border, grant)
    border.sync()

    nobody = run(border.jp, "answer", question.id, "--tell", "--reason", BECAUSE)
    undecided = run(border.jp, "answer", question.id, "--reason", BECAUSE)

    assert "nobody is named" in str(nobody.exception)
    assert undecided.exit_code == 2
    assert stages(border.jp) == ["waits"]


def test_the_leases_are_listed_with_what_they_open(border: Border, grant: Kept[Grant]) -> None:
    never = run(border.at_in, "leases").output
    border.renew()
    border.clock.advance(700)
    after = run(border.at_in, "leases").output
    [lease] = json.loads(run(border.at_in, "leases", "--json").output)

    assert "never" in never
    assert "700 s ago" in after
    assert "2, 3" in after
    assert (lease["issuer"], lease["grants"], lease["behind"]) == ("jp", 1, False)
    assert lease["log_size"] == lease["log_known"] > grant.entry.position


def test_the_control_api_asks_and_answers_as_the_commands_do(
    border: Border, grant: Kept[Grant]
) -> None:
    key = border.jp.person("kenji", "approver")
    there, here = border.at_in.runtime.address, border.jp.runtime.address
    operator = {"authorization": f"Bearer {TOKEN}"}
    person = {"authorization": f"Bearer {key}"}
    body = {"pseudonym": border.pseudonym, "grant_id": grant.record.id, "reason": WHY}

    assert httpx2.post(f"{there}/access/resolutions", json=body).status_code == 403
    asked = httpx2.post(f"{there}/access/resolutions", json=body, headers=operator)
    assert asked.status_code == 201
    border.sync()
    [waiting] = httpx2.get(f"{here}/access/resolutions", headers=operator).json()
    decision = {"outcome": "answered", "reason": BECAUSE}
    url = f"{here}/access/resolutions/{waiting['id']}/answer"
    assert httpx2.post(url, json=decision, headers=operator).status_code == 401
    assert httpx2.post(url, json={**decision, "reason": "no"}, headers=person).status_code == 422
    assert httpx2.post(url, json=decision, headers=person).status_code == 201
    border.sync()

    assert fetch(border, asked.json()["id"]).name == USER
    assert httpx2.get(f"{there}/access/leases", headers=operator).json()[0]["issuer"] == "jp"
    assert httpx2.get(f"{there}/access/leases", headers=person).status_code == 403
