"""Who may decide, whose word counts, and what several words come to."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.asking import REASON, Office, an_office
from support.builders import NOON

from corridor.access.errors import Incomplete, NotAllowed, SelfApproval, WrongState
from corridor.access.records import Appeal, Approval, Conditions, Grant, Hours, Principal, Quota
from corridor.access.rules.approvals import Approver, bar, hours_of, strictest, tally
from corridor.access.settings import AccessSettings

TERMS = AccessSettings().tiers


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as made:
        made.rate(2)
        made.evidence()
        for name in ("asha", "bela"):
            made.approver(name)
        yield made


def test_the_upper_tiers_are_granted_by_two_persons(office: Office) -> None:
    request = office.ask()

    first = office.approve(request, "asha")
    waiting = office.state(request)
    second = office.approve(request, "bela")

    assert first is None
    assert [(w.waits_for, w.missing) for w in waiting.waits] == [("approvals", 1)]
    assert waiting.approved_by == ("asha",)
    assert second is not None
    assert (second.approvals, second.approver_countries) == (2, ("IN",))
    assert office.state(request).stage == "granted"


def test_nobody_approves_their_own_request(office: Office) -> None:
    office.project("own", "acme")
    request = office.ask("asha", project="own")

    with pytest.raises(SelfApproval):
        office.approve(request, "asha")


def test_nobody_approves_their_own_request_through_a_second_account(office: Office) -> None:
    office.verify("meera", "high", person="passport-holder-7")
    office.approver("meera-at-work", person="passport-holder-7")
    request = office.ask()

    with pytest.raises(SelfApproval, match="they are one person"):
        office.approve(request, "meera-at-work")
    with pytest.raises(SelfApproval):
        office.refuse(request, "meera-at-work")


def test_nobody_approves_for_a_service_that_they_answer_for(office: Office) -> None:
    office.project("own", "acme")
    office.service_of("asha", "bot")
    request = office.ask("asha", requester="bot", project="own")

    with pytest.raises(SelfApproval):
        office.approve(request, "asha")


def test_two_accounts_of_one_person_are_one_approval(office: Office) -> None:
    office.approver("one", person="the same")
    office.approver("two", person="the same")
    request = office.ask()

    office.approve(request, "one")
    with pytest.raises(WrongState, match="decided on it already"):
        office.approve(request, "two")

    assert office.state(request).stage == "waiting"


def test_two_approvals_that_turn_out_to_be_one_persons_count_once(office: Office) -> None:
    request = office.ask(languages="ta-Taml")
    office.approve(request, "asha")
    office.approve(request, "bela")
    before = [wait.waits_for for wait in office.state(request).waits]
    office.verify("bela", "high", person="asha")
    office.evidence("ta-Taml")

    after = office.state(request).waits
    assert before == ["evidence"]
    assert [(wait.waits_for, wait.missing) for wait in after] == [("approvals", 1)]
    with pytest.raises(WrongState, match="waits for the approval of another person"):
        issue(office, request)
    office.approver("cara")
    assert office.approve(request, "cara") is not None


def issue(office: Office, request: str) -> Grant:
    with office.writing() as tx:
        return office.grants.issue(tx, request)


@pytest.mark.parametrize("how", ["left", "removed"])
def test_the_word_of_an_approver_who_left_or_lost_the_role_does_not_count(
    office: Office, how: str
) -> None:
    request = office.ask()
    office.approve(request, "asha")
    with office.writing() as tx:
        if how == "left":
            office.people.leave(tx, "asha", "moved on")
        else:
            office.people.change(tx, "asha", "other work", roles=("member",))

    assert office.approve(request, "bela") is None
    assert [wait.missing for wait in office.state(request).waits] == [1]
    with pytest.raises(NotAllowed):
        office.approve(request, "asha")


def test_an_approver_whose_role_was_taken_away_between_two_looks_decides_nothing(
    office: Office,
) -> None:
    request = office.ask()
    with office.reading() as view:
        asha_as_she_was = office.people.principal(view, "asha")
    with office.writing() as tx:
        office.people.change(tx, "asha", "other work", roles=("member",))

    sha256 = office.state(request).sha256
    with pytest.raises(NotAllowed, match="asha is no approver"), office.writing() as tx:
        office.grants.approve(tx, request, asha_as_she_was, sha256=sha256, reason=REASON)


@pytest.mark.parametrize("name", ["member", "unverified", "weak", "machine"])
def test_only_persons_with_the_role_and_a_verified_identity_decide_for_the_upper_tiers(
    office: Office, name: str
) -> None:
    office.person("member")
    office.approver("unverified", level=None)
    office.approver("weak", level="low")
    office.service_of("asha", "machine")

    with pytest.raises(NotAllowed):
        office.approve(office.ask(), name)


def test_an_approval_is_of_the_very_bytes_that_were_seen(office: Office) -> None:
    request, other = office.ask(), office.ask(days=60)

    with pytest.raises(WrongState, match="What was seen has the digest"):
        office.approve(request, "asha", sha256=office.state(other).sha256)

    assert office.state(request).approved_by == ()


def test_one_refusal_ends_it_and_its_reason_is_kept(office: Office) -> None:
    request = office.ask()
    office.approve(request, "asha")
    office.refuse(request, "bela")

    state = office.state(request)
    assert (state.stage, state.refused_because) == ("refused", REASON)
    office.approver("cara")
    with pytest.raises(WrongState, match="is refused"):
        office.approve(request, "cara")
    with office.reading() as view:
        kept = [(a.approver, a.verdict, a.reason) for a in view.own(Approval)]
    assert kept == [("asha", "approve", REASON), ("bela", "refuse", REASON)]


def appeal(office: Office, request: str, by: str = "meera") -> Appeal:
    with office.writing() as tx:
        return office.grants.appeal(tx, request, office.anyone(tx, by), "The plan was changed.")


def test_a_refusal_is_appealed_once_by_whose_request_it_is_and_decided_by_others(
    office: Office,
) -> None:
    request = office.ask()
    with pytest.raises(WrongState, match="not refused"):
        appeal(office, request)
    office.approve(request, "asha")
    office.refuse(request, "bela")
    with pytest.raises(NotAllowed):
        appeal(office, request, by="asha")
    appeal(office, request)
    with pytest.raises(WrongState):
        appeal(office, request)
    state = office.state(request)
    assert (state.stage, state.approved_by) == ("appealed", ()), "it begins anew"

    with pytest.raises(NotAllowed, match="bela refused it before"):
        office.approve(request, "bela")
    office.approver("bela-again", person="bela")
    with pytest.raises(NotAllowed):
        office.approve(request, "bela-again")
    office.approver("cara")
    office.approve(request, "asha")

    assert office.approve(request, "cara") is not None


def test_a_second_refusal_can_be_appealed_again_and_then_both_are_out(office: Office) -> None:
    request = office.ask()
    office.refuse(request, "asha")
    appeal(office, request)
    office.refuse(request, "bela")
    appeal(office, request)

    for name in ("asha", "bela"):
        with pytest.raises(NotAllowed):
            office.approve(request, name)


def test_the_strictest_of_all_conditions_holds(office: Office) -> None:
    office.rate(2, "cd" * 32)
    request = office.ask(
        surface="agent",
        conditions__tools="search,mail,calendar",
        conditions__quota__requests=100,
        languages="hi-Deva",
        days=90,
    )
    first = Conditions(quota=Quota(requests=500), tools=("search", "mail"), retention_days=9)
    second = Conditions(human_in_the_loop=True, quota=Quota(tokens=10), retention_days=3)

    office.approve(request, "asha", conditions=first, days=60)
    grant = office.approve(request, "bela", conditions=second)

    assert grant is not None
    assert grant.conditions == Conditions(
        quota=Quota(requests=100, tokens=10),
        human_in_the_loop=True,
        retention_days=3,
        tools=("search", "mail"),
    )
    assert grant.until - grant.valid_from == timedelta(days=60)


def test_conditions_that_leave_no_hour_are_refused_and_nothing_is_decided(office: Office) -> None:
    request = office.ask(conditions__hours__start=8, conditions__hours__end=12)

    with pytest.raises(Incomplete, match="leaves no hour"):
        office.approve(request, "asha", conditions=Conditions(hours=Hours(start=13, end=20)))

    assert office.state(request).approved_by == ()


def test_an_approver_can_give_fewer_languages_and_no_others(office: Office) -> None:
    office.evidence("ta-Taml")
    request = office.ask(languages="hi-Deva,ta-Taml")

    with pytest.raises(Incomplete, match="ja-Jpan was not asked for"):
        office.approve(request, "asha", languages=("ja-Jpan",))
    office.approve(request, "asha", languages=("ta-Taml",))
    grant = office.approve(request, "bela")

    assert grant is not None
    assert grant.languages == ("ta-Taml",)


def test_an_approver_lets_calls_wait_of_tools_that_were_asked_for_and_no_others(
    office: Office,
) -> None:
    request = office.ask(surface="agent", conditions__tools="search,mail")
    with pytest.raises(Incomplete, match="conditions.ask_for: post was not asked for"):
        office.approve(request, "asha", conditions=Conditions(ask_for=("post",)))
    office.approve(request, "asha", conditions=Conditions(ask_for=("mail",)))
    grant = office.approve(request, "bela")

    assert grant is not None
    assert (grant.conditions.tools, grant.conditions.ask_for) == (("search", "mail"), ("mail",))


HOURS = st.none() | st.builds(Hours, start=st.integers(0, 23), end=st.integers(0, 23))
SOME = st.none() | st.integers(1, 50)
CONDITIONS = st.builds(
    Conditions,
    hours=HOURS,
    quota=st.builds(Quota, requests=SOME, tokens=SOME),
    human_in_the_loop=st.booleans(),
    retention_days=SOME,
    tools=st.lists(st.sampled_from("abcd"), unique=True).map(tuple),
    check_tool_calls=st.booleans(),
    ask_for=st.lists(st.sampled_from("abcde"), unique=True).map(tuple),
)


@given(CONDITIONS, st.lists(CONDITIONS, max_size=3))
@settings(max_examples=300, deadline=None)
def test_what_is_granted_is_never_looser_than_anything_that_was_said(
    asked: Conditions, given_: list[Conditions]
) -> None:
    found = strictest(asked, given_)
    every = [asked, *given_]

    if found is None:
        assert not hours_of(asked.hours).intersection(*(hours_of(each.hours) for each in every))
        return
    for each in every:
        assert hours_of(found.hours) <= hours_of(each.hours)
        assert set(found.tools) <= set(each.tools)
        assert found.human_in_the_loop >= each.human_in_the_loop
        assert found.check_tool_calls >= each.check_tool_calls
        assert set(each.ask_for) & set(found.tools) <= set(found.ask_for)
        for mine, theirs in (
            (found.quota.requests, each.quota.requests),
            (found.quota.tokens, each.quota.tokens),
            (found.retention_days, each.retention_days),
        ):
            assert theirs is None or (mine is not None and mine <= theirs)


def an_approver(name: str, country: str = "IN", **fields: object) -> Approver:
    principal = Principal.model_validate(
        {
            "made_at": NOON,
            "name": name,
            "type": "person",
            "organisation": "acme",
            "roles": ("approver",),
            **fields,
        }
    )
    return Approver(principal, country, 3)


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True),
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=6),
)
def test_persons_are_counted_as_if_all_accounts_that_hang_together_were_one(
    names: list[str], links: list[tuple[str, str]]
) -> None:
    found = tally([an_approver(n) for n in names], lambda a, b: (a, b) in links)

    seen: set[str] = set()
    groups = 0
    for name in names:
        groups += name not in seen
        reached = {name}
        while more := {
            other
            for other in names
            for one in reached
            if other not in reached and ((one, other) in links or (other, one) in links)
        }:
            reached |= more
        seen |= reached
    assert found.persons == groups


def test_whoever_is_barred_for_being_concerned_is_told_so_first() -> None:
    left = an_approver("x", active=False)

    own = bar(left, ("x",), lambda _, __: False, TERMS[3], 3)
    other = bar(left, ("y",), lambda _, __: False, TERMS[3], 3)

    assert own is not None
    assert own.own
    assert other is not None
    assert not other.own
