"""An agent proposes tool calls; the grant, people and the clock decide; each runs once."""

import json
import re
import sqlite3
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import JsonValue
from sqlalchemy import text
from support.access import OPERATOR_TOKEN
from support.asking import REASON, Office, an_office
from typer.testing import CliRunner, Result

from corridor.access.commands.tool_calls import commands
from corridor.access.errors import (
    NoSuchGrant,
    NotAllowed,
    NotKnown,
    SelfApproval,
    WrongState,
)
from corridor.access.records import ApiKey, Conditions, Grant, Principal, Revocation, Scope
from corridor.access.records.tool_calls import AskedCall, Proposal, ToolAnswer, ToolCall, Use
from corridor.access.routes.tool_calls import router
from corridor.access.rules.tool_calls import read
from corridor.access.service.decider import Decider
from corridor.access.service.tool_calls import MOST_WAITING, NoSuchToolCall, ToolCalls
from corridor.access.settings import AccessSettings
from corridor.access.store.tool_calls import MIGRATION
from corridor.core.errors import Invalid
from corridor.core.records import new_id
from corridor.core.store import Audited

MAIL: JsonValue = {"to": "farmer@example.org", "body": "Sow after the rain."}
WHY = "The farmer asked to be written to."


@dataclass(frozen=True)
class Agency(Office):
    """An office with an agent, bot, for which meera answers; asha approves and omar operates."""

    grant: str = ""
    """For the agent, by people who approved of it; of no right to any target."""
    shown: str = ""
    """The key of the agent's project."""

    @cached_property
    def calls(self) -> ToolCalls:
        return self.runtime.service(ToolCalls)

    def key(self, shown: str = "") -> ApiKey:
        with self.reading() as view:
            return self.calls.program(view, shown or self.shown)

    def grant_like(self, **changes: object) -> str:
        """Issue a grant that is as the approved one but for some fields; return its id."""
        grant_id = new_id()
        with self.writing() as tx:
            grant = tx.find(Grant, self.grant).record
            tx.append(grant.model_copy(update={"id": grant_id, **changes}))
        return str(grant_id)

    def propose(
        self,
        tool: str = "search",
        arguments: JsonValue = None,
        grant: str = "",
        **fields: str | bool,
    ) -> ToolCall:
        words = {"grant": grant or self.grant, "tool": tool, "arguments": arguments or {}, **fields}
        key = self.key()
        with self.writing() as tx:
            return self.calls.propose(tx, key, Proposal.model_validate(words))

    def wait(self) -> str:
        """Propose a mail, which waits, as the grant names no right to write to anybody."""
        call = self.propose("send", MAIL, why=WHY)
        assert call.verdict == "wait"
        assert call.id is not None
        return call.id

    def told(self, call_id: str | None) -> ToolCall:
        with self.reading() as view:
            return self.calls.call(view, call_id or "", self.key())

    def use(self, call_id: str | None, tool: str = "send", arguments: JsonValue = MAIL) -> ToolCall:
        key = self.key()
        with self.writing() as tx:
            return self.calls.use(tx, call_id or "", key, Use(tool=tool, arguments=arguments))

    def answer(self, call_id: str, by: str = "asha", answer: ToolAnswer = "allow") -> ToolCall:
        with self.writing() as tx:
            return self.calls.answer(tx, call_id, self.anyone(tx, by), answer, REASON)

    def waiting(self, viewer: str | None = None) -> list[AskedCall]:
        with self.reading() as view:
            who: Principal | None = self.people.principal(view, viewer) if viewer else None
            return self.calls.waiting(view, who)

    def revoke(self, scope: Scope, target: str) -> str:
        with self.writing() as tx:
            return self.revocations.revoke(tx, scope, target, REASON, None)[0].id

    def lift(self, revocation: str) -> None:
        with self.writing() as tx:
            self.revocations.lift(tx, revocation, REASON, None)

    def accounted(self, act: str = "tool_call.decide") -> list[Audited]:
        with self.reading() as view:
            return view.audited(act=act)


@contextmanager
def an_agency(folder: Path) -> Generator[Agency]:
    settings = AccessSettings(tool_call_seconds=300)
    with an_office(folder, tool_call_seconds=300) as office:
        own = office.runtime.identity.name
        secrets = office.keys.secrets
        decider = Decider.at(settings, office.clock, secrets, office.policies, own)
        calls = ToolCalls(settings, office.clock, office.people, office.keys, decider)
        services = {**office.runtime.services, Decider: decider, ToolCalls: calls}
        runtime = replace(office.runtime, services=services)
        with office.writing() as tx:
            MIGRATION.apply(tx.connection)
            office.people.register(tx, "bot", "agent", "mission", (), "meera")
        office.rate(0)
        office.evidence()
        office.approver("asha")
        office.approver("omar", "mission", roles=("operator",))
        asked = office.ask(
            requester="bot",
            surface="agent",
            conditions__tools="search,send",
            conditions__check_tool_calls=True,
        )
        grant = office.approve(asked, "asha")
        assert grant is not None
        shown = office.project_key("bot", "helpline")
        yield Agency(office.home, office.clock, runtime, str(grant.id), shown)


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with an_agency(tmp_path) as made:
        yield made


# -- what a program is told ----------------------------------------------------------------------


def test_a_call_within_the_grant_may_run_once(agency: Agency) -> None:
    call = agency.propose("search", {"words": "rice"})

    assert (call.verdict, call.reasons, call.used_at) == ("allow", ("in_scope",), None)
    used = agency.use(call.id, "search", {"words": "rice"})
    assert (used.verdict, used.used_at) == ("allow", agency.clock())
    again = agency.use(call.id, "search", {"words": "rice"})
    assert (again.verdict, again.reasons) == ("deny", ("used_already",))


def test_an_allowed_call_runs_only_with_the_arguments_that_were_seen(agency: Agency) -> None:
    call = agency.propose("search", {"words": "rice"})

    other = agency.use(call.id, "search", {"words": "wheat"})
    tool = agency.use(call.id, "send", {"words": "rice"})
    same = agency.use(call.id, "search", '{"words":\n "rice"}')

    assert (other.verdict, other.reasons) == ("deny", ("other_call",))
    assert (tool.verdict, tool.reasons) == ("deny", ("other_call",))
    assert same.verdict == "allow"


def test_a_tool_that_was_not_granted_is_denied(agency: Agency) -> None:
    call = agency.propose("shell", {"words": "ls"})

    assert (call.verdict, call.reasons) == ("deny", ("tools_not_granted",))
    assert agency.use(call.id, "shell", {"words": "ls"}).verdict == "deny"


def test_whatever_closes_the_grant_closes_its_tools(agency: Agency) -> None:
    before = agency.propose()
    closings: list[tuple[Scope, str]] = [
        ("grant", agency.grant),
        ("key", agency.key().id),
        ("principal", "bot"),
        ("project", "helpline"),
        ("purpose", "agriculture-advice"),
        ("model", "small"),
        ("jurisdiction", "IN"),
    ]
    for scope, target in closings:
        closed = agency.revoke(scope, target)
        call = agency.propose()
        used = agency.use(before.id, "search", {})
        agency.lift(closed)
        assert (call.verdict, call.reasons) == ("deny", ("revoked",)), scope
        assert (used.verdict, used.reasons) == ("deny", ("revoked",)), scope
        assert agency.propose().verdict == "allow"
    assert agency.use(before.id, "search", {}).verdict == "allow"


def test_a_grant_that_ended_or_was_taken_back_denies(agency: Agency) -> None:
    grant = agency.grant
    agency.clock.advance(40 * 24 * 3600)
    assert "grant_ended" in agency.propose().reasons
    agency.clock.advance(-40 * 24 * 3600)

    with agency.writing() as tx:
        tx.withdraw(grant, "a mistake")

    with pytest.raises(NoSuchGrant):
        agency.propose()


def test_a_key_that_was_revoked_runs_no_agent(agency: Agency) -> None:
    key = agency.key()
    with agency.writing() as tx:
        agency.keys.revoke(tx, key.prefix, "lost")
    with pytest.raises(NotKnown):
        agency.propose()


def test_an_agent_under_watch_needs_a_person_who_is_named(agency: Agency) -> None:
    watched = Conditions(tools=("search",), human_in_the_loop=True, check_tool_calls=True)
    grant = agency.grant_like(conditions=watched)

    alone = agency.propose(grant=grant)
    assert (alone.verdict, alone.reasons) == ("deny", ("human_missing",))
    seen = agency.propose(grant=grant, overseer=True)
    assert seen.verdict == "allow"
    assert agency.use(seen.id, "search", {}).verdict == "allow"


def test_evidence_in_one_of_the_grants_languages_is_enough(agency: Agency) -> None:
    both = agency.grant_like(languages=("ja-Jpan", "hi-Deva"))
    neither = agency.grant_like(languages=("ja-Jpan",))

    assert agency.propose(grant=both).verdict == "allow"
    call = agency.propose(grant=neither)
    assert (call.verdict, call.reasons) == ("deny", ("evidence_other_language",))


def test_only_a_grant_of_the_keys_holder_and_project_for_agents_counts(agency: Agency) -> None:
    agency.service_of("meera", "other", "mission")
    agency.project("school", "mission")
    elsewhere = agency.project_key("bot", "school")
    somebody = agency.project_key("other", "helpline")
    for shown in (elsewhere, somebody):
        proposal = Proposal(grant=agency.grant, tool="search", arguments={})
        key = agency.key(shown)
        with agency.writing() as tx, pytest.raises(NoSuchGrant):
            agency.calls.propose(tx, key, proposal)

    for grant in (agency.grant_like(surface="api"), agency.grant_like(grantee="0" * 32), "x", ""):
        with pytest.raises(NoSuchGrant):
            agency.propose(grant=grant or "0" * 32)


def test_a_grant_with_the_same_id_in_a_partners_log_changes_nothing(agency: Agency) -> None:
    agency.partner("jp")
    with agency.reading() as view:
        grant = view.find(Grant, agency.grant).record
    wide = Conditions(tools=("search", "send", "shell"))
    forged = grant.model_copy(update={"conditions": wide, "visibility": "partners"})
    agency.arrived(forged, issuer="jp")

    assert agency.propose("shell").reasons == ("tools_not_granted",)
    assert agency.propose("search").verdict == "allow"


def test_for_a_partners_model_the_partners_word_counts_too(agency: Agency) -> None:
    agency.partner("jp")
    before_jp = agency.keys.secrets.pseudonym("bot", "jp")
    grant = agency.grant_like(node="jp", grantee=before_jp, visibility="partners")
    assert agency.propose(grant=grant).verdict == "allow"

    closed = Revocation(made_at=agency.clock(), scope="grant", target=grant, reason="misuse seen")
    agency.arrived(closed, issuer="jp")

    assert agency.propose(grant=grant).reasons == ("revoked",)
    assert agency.propose().verdict == "allow"


def test_an_agent_of_another_project_learns_and_uses_nothing_of_a_call(agency: Agency) -> None:
    call = agency.propose()
    agency.project("school", "mission")
    agency.service_of("meera", "other", "mission")

    for shown in (agency.project_key("bot", "school"), agency.project_key("other", "helpline")):
        key = agency.key(shown)
        with agency.reading() as view, pytest.raises(NoSuchToolCall):
            agency.calls.call(view, call.id or "", key)
        with agency.writing() as tx, pytest.raises(NoSuchToolCall):
            agency.calls.use(tx, call.id or "", key, Use(tool="search", arguments={}))
    new = agency.key(agency.project_key("bot", "helpline"))
    with agency.reading() as view:  # a key that took the other's place
        assert agency.calls.call(view, call.id or "", new).verdict == "allow"


def test_a_call_that_is_not_there_is_not_found(agency: Agency) -> None:
    for call_id in ("", "0" * 32, "'; --", "\x00", "x" * 10_000, "\udcff"):
        with pytest.raises(NoSuchToolCall):
            agency.told(call_id)
        with pytest.raises(NoSuchToolCall):
            agency.use(call_id)
        with pytest.raises(NoSuchToolCall):
            agency.answer(call_id)


def test_an_allow_is_not_for_later(agency: Agency) -> None:
    call = agency.propose()
    agency.clock.advance(300)

    assert agency.told(call.id).reasons == ("allow_ended",)
    assert agency.use(call.id, "search", {}).reasons == ("allow_ended",)


def test_a_personal_key_runs_no_agent_and_no_other_secret_does(agency: Agency) -> None:
    agency.propose()
    with pytest.raises(NotAllowed):
        agency.key(agency.personal_key("meera"))
    for shown in ("ck-" + "a" * 43, "x", OPERATOR_TOKEN):
        with pytest.raises(NotKnown):
            agency.key(shown)


# -- waiting for people --------------------------------------------------------------------------


def test_a_person_lets_a_call_run_that_waits(agency: Agency) -> None:
    for by in ("asha", "omar"):
        call = agency.wait()
        assert agency.told(call).reasons == ("target_without_right",)
        assert agency.use(call).reasons == ("not_decided",)

        told = agency.answer(call, by)

        assert (told.verdict, told.reasons) == ("allow", ("allowed_by_person",))
        assert agency.use(call, arguments={"to": "someone else"}).reasons == ("other_call",)
        assert agency.use(call).verdict == "allow"
        assert agency.use(call).reasons == ("used_already",)


def test_a_person_refuses_a_call_that_waits(agency: Agency) -> None:
    call = agency.wait()

    agency.answer(call, answer="refuse")

    assert agency.told(call).reasons == ("refused_by_person",)
    assert agency.use(call).verdict == "deny"
    with pytest.raises(WrongState):
        agency.answer(call)


def test_no_answer_in_time_is_a_no_for_good(agency: Agency) -> None:
    call = agency.wait()
    agency.clock.advance(300)

    assert (agency.told(call).verdict, agency.told(call).reasons) == ("deny", ("no_answer",))
    assert agency.waiting() == []
    with pytest.raises(WrongState):
        agency.answer(call)
    with agency.writing() as tx:
        assert agency.calls.any_overdue(tx)
        assert agency.calls.settle_overdue(tx) == 1
        assert not agency.calls.any_overdue(tx)
        assert agency.calls.settle_overdue(tx) == 0
    agency.clock.advance(-200)  # the clock is put back: what was decided stays so
    assert agency.told(call).verdict == "deny"
    with pytest.raises(WrongState):
        agency.answer(call)


def test_an_allow_by_a_person_lasts_from_the_answer_on(agency: Agency) -> None:
    call = agency.wait()
    agency.clock.advance(299)
    agency.answer(call)
    agency.clock.advance(299)
    assert agency.told(call).verdict == "allow"
    agency.clock.advance(1)
    assert agency.use(call).reasons == ("allow_ended",)


def test_a_grant_that_is_revoked_while_a_call_waits_stays_closed_whoever_says_yes(
    agency: Agency,
) -> None:
    call = agency.wait()
    agency.revoke("grant", agency.grant)

    told = agency.answer(call)

    assert (told.verdict, told.reasons) == ("deny", ("revoked",))
    assert agency.use(call).verdict == "deny"


def test_a_grant_that_is_revoked_after_a_yes_closes_before_the_call_runs(agency: Agency) -> None:
    call = agency.wait()
    agency.answer(call)
    agency.revoke("project", "helpline")

    assert agency.use(call).reasons == ("revoked",)


def test_nobody_answers_for_an_agent_of_their_own(agency: Agency) -> None:
    call = agency.wait()
    agency.verify("meera", "high", person="meera")
    agency.approver("meera2", "mission", person="meera")
    with agency.writing() as tx:
        agency.people.change(tx, "meera", "for a test", roles=("approver", "operator"))

    for name in ("meera", "meera2"):
        with pytest.raises(SelfApproval):
            agency.answer(call, name)
    assert agency.told(call).verdict == "wait"


def test_only_approvers_and_operators_who_are_here_answer(agency: Agency) -> None:
    call = agency.wait()
    agency.person("uma", roles=("member", "auditor", "evaluator"))
    with agency.writing() as tx:
        agency.people.leave(tx, "omar", "for a test")

    for name in ("uma", "omar"):
        with pytest.raises(NotAllowed):
            agency.answer(call, name)
    assert agency.told(call).verdict == "wait"


def test_an_answer_has_a_reason_that_people_can_read(agency: Agency) -> None:
    call = agency.wait()
    for reason in ("", "  x ", "\x1b[2J and more", "x" * 2_001):
        with agency.writing() as tx, pytest.raises(Invalid):
            agency.calls.answer(tx, call, agency.anyone(tx, "asha"), "allow", reason)
    assert agency.told(call).verdict == "wait"


def test_of_two_who_answer_at_once_one_is_heard(agency: Agency) -> None:
    answers: list[tuple[str, ToolAnswer]] = [("asha", "allow"), ("omar", "refuse")] * 4
    call = agency.wait()
    ready = threading.Barrier(len(answers))

    def answer(each: tuple[str, ToolAnswer]) -> str | None:
        ready.wait()
        try:
            return agency.answer(call, *each).verdict
        except WrongState:
            return None

    with ThreadPoolExecutor(len(answers)) as pool:
        heard = [verdict for verdict in pool.map(answer, answers) if verdict]

    assert len(heard) == 1
    assert agency.told(call).verdict == heard[0]
    assert [line.facts["verdict"] for line in agency.accounted()] == ["wait", heard[0]]


def test_of_many_who_use_an_allowed_call_at_once_one_may_run_it(agency: Agency) -> None:
    call = agency.wait()
    agency.answer(call)
    ready = threading.Barrier(8)

    def use(_: int) -> str:
        ready.wait()
        return agency.use(call).verdict

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == ["allow"] + ["deny"] * 7


def test_a_tool_that_is_asked_for_waits_at_each_call(agency: Agency) -> None:
    asked = agency.ask(
        requester="bot",
        surface="agent",
        conditions__tools="search,send",
        conditions__ask_for="search",
        conditions__check_tool_calls=True,
        target__basis="own",
        target__reference="register 7",
    )
    granted = agency.approve(asked, "asha")
    assert granted is not None

    for _ in range(2):
        call = agency.propose("search", {"words": "a"}, granted.id)
        assert (call.verdict, call.reasons) == ("wait", ("asked_for",))
    assert agency.propose("send", MAIL, granted.id).verdict == "allow"


def test_people_are_not_flooded_by_one_grant(agency: Agency) -> None:
    calls = [agency.wait() for _ in range(MOST_WAITING)]
    more = agency.propose("send", MAIL)

    assert (more.verdict, more.reasons) == ("deny", ("too_many_wait",))
    assert agency.propose("search").verdict == "allow"
    agency.answer(calls[0], answer="refuse")
    assert agency.propose("send", MAIL).verdict == "wait"


# -- what is seen and kept -----------------------------------------------------------------------


def test_those_who_may_answer_see_what_waits_and_so_does_who_is_responsible(
    agency: Agency,
) -> None:
    agency.person("uma", "mission", roles=("member", "auditor"))
    call = agency.wait()

    (asked,) = agency.waiting()
    assert (asked.id, asked.agent, asked.responsible) == (call, "bot", "meera")
    assert (json.loads(asked.arguments), asked.why, asked.tool) == (MAIL, WHY, "send")
    for name, sees in (("asha", True), ("omar", True), ("meera", True), ("uma", False)):
        assert bool(agency.waiting(name)) is sees
    with agency.reading() as view:
        uma = agency.people.principal(view, "uma")
        with pytest.raises(NoSuchToolCall):
            agency.calls.asked(view, call, uma)


def test_what_a_call_says_is_forgotten_as_soon_as_it_is_decided(agency: Agency) -> None:
    def allow() -> None:
        agency.answer(call)

    def refuse() -> None:
        agency.answer(call, answer="refuse")

    def come_late() -> None:
        agency.clock.advance(300)
        agency.propose()  # whoever comes next clears what is overdue away

    def say_yes_to_what_is_revoked() -> None:
        agency.revoke("grant", agency.grant)
        agency.answer(call)

    for end in (allow, refuse, come_late, say_yes_to_what_is_revoked):
        call = agency.wait()
        assert "Sow after" in kept(agency)
        end()
        assert not re.search("Sow after|farmer@|farmer asked", kept(agency)), end
        assert agency.told(call).arguments_sha256 == read(MAIL).sha256
        with agency.reading() as view, pytest.raises(WrongState):
            agency.calls.asked(view, call, None)


def test_what_is_decided_at_once_is_never_kept(agency: Agency) -> None:
    agency.propose("search", {"words": "Sow after"}, why="farmer asked")
    agency.propose("shell", {"words": "Sow after"}, why="farmer asked")

    assert not re.search("Sow after|farmer asked", kept(agency))


def test_decided_calls_are_forgotten_after_a_day(agency: Agency) -> None:
    call = agency.propose()
    agency.clock.advance(300 + 24 * 3600 + 1)
    with agency.writing() as tx:
        assert agency.calls.settle_overdue(tx) == 1

    with pytest.raises(NoSuchToolCall):
        agency.told(call.id)


def test_every_verdict_and_every_use_is_in_the_account_without_content(agency: Agency) -> None:
    agency.propose("search", {"words": "rice"})
    agency.propose("shell")
    call = agency.wait()
    agency.answer(call)
    agency.use(call, arguments={"to": "x"})
    agency.use(call)
    agency.use(call)

    lines = agency.accounted()
    assert [line.facts["verdict"] for line in lines] == ["allow", "deny", "wait", "allow"]
    assert lines[-1].facts == {
        "call": call,
        "tool": "send",
        "grant": agency.grant,
        "verdict": "allow",
        "reasons": "allowed_by_person",
        "arguments_sha256": read(MAIL).sha256,
        "by": "asha",
        "reason": REASON,
    }
    pseudonym = agency.keys.secrets.pseudonym("bot", agency.name)
    assert {line.subject for line in lines} == {pseudonym}
    uses = [line.facts["reasons"] for line in agency.accounted("tool_call.use")]
    assert uses == ["other_call", "allowed_by_person", "used_already"]
    assert not re.search("rice|Sow|farmer", str(lines) + str(agency.accounted("tool_call.use")))


def kept(agency: Agency) -> str:
    with agency.reading() as view:
        rows = view.connection.execute(text("SELECT * FROM access_tool_calls"))
        return str([tuple(row) for row in rows])


def test_a_shared_decider_that_knows_nothing_opens_nothing_and_is_left_as_it_is(
    agency: Agency,
) -> None:
    decider = agency.runtime.service(Decider)

    assert decider.state.head == -1
    assert agency.propose().verdict == "allow"
    assert decider.state.head == -1
    with agency.reading() as view:
        decider.refresh(view)
    agency.revoke("grant", agency.grant)
    assert agency.propose().verdict == "deny"


# -- over HTTP -----------------------------------------------------------------------------------


@pytest.fixture
def client(agency: Agency) -> Iterator[TestClient]:
    with TestClient(agency.app(router), raise_server_exceptions=True) as client:
        yield client


def bearer(shown: str) -> dict[str, str]:
    return {"authorization": f"Bearer {shown}"}


def proposal(agency: Agency, **fields: object) -> dict[str, object]:
    return {"grant": agency.grant, "tool": "send", "arguments": MAIL, "why": WHY, **fields}


ROOT = "/access/tool-calls"


def test_a_call_goes_its_way_over_http(agency: Agency, client: TestClient) -> None:
    program, asha = bearer(agency.shown), bearer(agency.personal_key("asha"))
    posted = client.post(ROOT, json=proposal(agency), headers=program).json()
    call = f"{ROOT}/{posted['id']}"
    use = {"tool": "send", "arguments": MAIL}

    assert posted["verdict"] == "wait"
    assert client.post(f"{call}/used", json=use, headers=program).status_code == 403
    (asked,) = client.get(f"{ROOT}/waiting", headers=asha).json()
    assert asked == client.get(f"{ROOT}/waiting/{posted['id']}", headers=asha).json()
    assert json.loads(asked["arguments"]) == MAIL
    said = {"answer": "allow", "reason": REASON}
    assert client.post(f"{call}/answer", json=said, headers=asha).json()["verdict"] == "allow"
    assert client.get(call, headers=program).json()["verdict"] == "allow"
    assert client.post(f"{call}/used", json=use, headers=program).json()["used_at"]
    again = client.post(f"{call}/used", json=use, headers=program)
    assert (again.status_code, again.json()["type"]) == (403, "NotAllowed")
    assert "used_already" in again.json()["title"]
    assert [line.facts["verdict"] for line in agency.accounted("tool_call.use")] == [
        "deny",
        "allow",
        "deny",
    ]


def test_a_program_waits_for_the_answer_without_asking_again(
    agency: Agency, client: TestClient
) -> None:
    call, program = agency.wait(), bearer(agency.shown)
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        later = pool.submit(client.get, f"{ROOT}/{call}?wait=20", headers=program)
        while not later.running():
            time.sleep(0.01)
        agency.answer(call)
        told = later.result()
    assert told.json()["verdict"] == "allow"
    assert time.monotonic() - began < 20  # for which it would have waited
    other = agency.wait()
    assert client.get(f"{ROOT}/{other}?wait=0.3", headers=program).json()["verdict"] == "wait"
    for seconds in ("-1", "21", "nan", "inf", "x"):
        refused = client.get(f"{ROOT}/{other}?wait={seconds}", headers=program)
        assert refused.status_code == 422


def test_a_key_that_ends_while_it_waits_is_told_nothing(agency: Agency, client: TestClient) -> None:
    call, program = agency.wait(), bearer(agency.shown)
    prefix = agency.key().prefix
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(client.get, f"{ROOT}/{call}?wait=20", headers=program)
        with agency.writing() as tx:
            agency.keys.revoke(tx, prefix, "lost")
        assert later.result().status_code == 401


def test_programs_do_not_answer_and_people_do_not_propose(
    agency: Agency, client: TestClient
) -> None:
    call, said = agency.wait(), {"answer": "allow", "reason": REASON}
    asha, meera = agency.personal_key("asha"), agency.personal_key("meera")

    for shown, status in ((agency.shown, 401), (OPERATOR_TOKEN, 401), ("", 401), (meera, 403)):
        refused = client.post(f"{ROOT}/{call}/answer", json=said, headers=bearer(shown))
        assert refused.status_code == status
    for shown, status in ((asha, 403), (OPERATOR_TOKEN, 401), ("", 401)):
        for asked in (
            client.post(ROOT, json=proposal(agency), headers=bearer(shown)),
            client.get(f"{ROOT}/{call}", headers=bearer(shown)),
            client.post(
                f"{ROOT}/{call}/used", json={"tool": "a", "arguments": {}}, headers=bearer(shown)
            ),
        ):
            assert asked.status_code == status
    assert client.get(f"{ROOT}/waiting", headers=bearer(agency.shown)).status_code == 401
    assert agency.told(call).verdict == "wait"


def test_a_proposal_that_is_none_is_refused_whole(agency: Agency, client: TestClient) -> None:
    wrong: list[dict[str, object]] = [
        {"tool": "se\nnd"},
        {"tool": "\x1b[2J"},
        {"tool": "x" * 129},
        {"tool": ""},
        {"tool": ["send"]},
        {"why": "x" * 501},
        {"why": "\x1b[2J"},
        {"more": 1},
        {"grant": "x" * 65},
        {"arguments": "x" * 100_000},
        {"arguments": json.loads("[" * 200 + "]" * 200)},
    ]
    for fields in wrong:
        body = proposal(agency, **fields)
        assert client.post(ROOT, json=body, headers=bearer(agency.shown)).status_code == 422
    assert agency.accounted() == []
    assert kept(agency) == "[]"


def test_arguments_that_cannot_be_read_wait_and_can_be_shown(
    agency: Agency, client: TestClient
) -> None:
    unreadable: list[JsonValue] = ["{", [], None, "null", {"a": 2**70}, {"a": 2.0**60}, "\x00"]
    headers = bearer(agency.shown) | {"content-type": "application/json"}
    for arguments in unreadable:
        body = json.dumps(proposal(agency, arguments=arguments))
        answer = client.post(ROOT, content=body, headers=headers)
        assert answer.json()["reasons"] == ["arguments_unreadable"], arguments
    half = json.dumps(proposal(agency, arguments={"a": "\ud800"}))
    deep = half.replace('"\\ud800"', "[" * 5_000 + "]" * 5_000)
    for body in (half, deep):
        assert client.post(ROOT, content=body, headers=headers).status_code in (200, 400, 422)
    assert all(each.arguments for each in agency.waiting("asha"))


def test_without_a_store_the_answer_is_no(agency: Agency, client: TestClient) -> None:
    body, program = proposal(agency), bearer(agency.shown)
    call = agency.propose()
    with sqlite3.connect(agency.home / "store.db") as file:
        file.execute("DROP TABLE access_tool_calls")
    file.close()

    answer = client.post(ROOT, json=body, headers=program)

    assert answer.json() == {
        "id": None,
        "verdict": "deny",
        "reasons": ["unavailable"],
        "until": None,
        "arguments_sha256": "",
        "used_at": None,
    }
    use = client.post(
        f"{ROOT}/{call.id}/used", json={"tool": "search", "arguments": {}}, headers=program
    )
    assert use.status_code == 503


def test_wrong_keys_are_counted_and_a_key_in_the_address_is_refused(
    agency: Agency, client: TestClient
) -> None:
    shown = agency.shown
    refused = client.get(f"{ROOT}/{'0' * 32}?key={shown}", headers=bearer(shown))
    assert (refused.status_code, refused.json()["type"]) == (422, "KeyInQuery")
    assert shown not in refused.text
    for _ in range(30):
        assert client.get(f"{ROOT}/{'0' * 32}", headers=bearer("ck-x")).status_code == 401

    throttled = client.post(ROOT, json=proposal(agency), headers=bearer(shown))

    assert (throttled.status_code, throttled.json()["type"]) == (429, "Throttled")


# -- in the terminal -----------------------------------------------------------------------------


def run(agency: Agency, *words: str, by: str | None = None) -> Result:
    if by is not None:
        file = agency.home / f"{by}.key"
        if not file.exists():
            file.write_text(agency.personal_key(by))
        words = (*words, "--key", str(file))
    return CliRunner(env={"COLUMNS": "200"}).invoke(commands, list(words), obj=agency.runtime)


def test_calls_are_listed_shown_allowed_and_refused_in_the_terminal(agency: Agency) -> None:
    first, second = agency.wait(), agency.wait()

    (one, two) = json.loads(run(agency, "list", "--json").output)
    assert {one["id"], two["id"]} == {first, second}
    assert "farmer@example.org" in run(agency, "list").output
    shown = run(agency, "show", first, by="omar").output
    for word in ("bot of meera", "farmer@example.org", WHY, "target without right", "means no"):
        assert word in shown
    assert json.loads(run(agency, "show", first, "--json").output)["tool"] == "send"
    assert "Allowed, once" in run(agency, "allow", first, "--reason", REASON, by="asha").output
    assert "Refused" in run(agency, "refuse", second, "--reason", REASON, by="asha").output
    assert "none yet" in run(agency, "list").output
    assert (agency.told(first).verdict, agency.told(second).verdict) == ("allow", "deny")


def test_a_yes_that_does_not_help_says_so(agency: Agency) -> None:
    call = agency.wait()
    agency.revoke("grant", agency.grant)

    result = run(agency, "allow", call, "--reason", REASON, by="asha")

    assert "Denied all the same: revoked" in result.output


def test_in_the_terminal_too_only_a_person_answers_and_not_their_own(agency: Agency) -> None:
    call = agency.wait()

    assert isinstance(run(agency, "allow", call, "--reason", REASON).exception, NotKnown)
    own = run(agency, "allow", call, "--reason", REASON, by="meera")
    assert isinstance(own.exception, SelfApproval)
    missing = run(agency, "show", "0" * 32)
    assert isinstance(missing.exception, NoSuchToolCall)


def test_what_an_agent_writes_does_nothing_to_the_terminal(agency: Agency) -> None:
    nasty = "\x1b]0;gone\x07 [bold]x[/] \u202eesrever"
    agency.propose("send", {"to": nasty}, why="[red]\u202e")

    (asked,) = agency.waiting()
    for result in (run(agency, "list"), run(agency, "show", asked.id)):
        assert result.exception is None
        assert not set("\x1b\x07\u202e") & set(result.output)
        assert "[bold]x[/]" in result.output


def test_every_command_has_an_example() -> None:
    for name in ("list", "show", "allow", "refuse"):
        result = CliRunner(env={"COLUMNS": "200"}).invoke(commands, [name, "--help"])
        assert f"corridor access tool-call {name}" in result.output
