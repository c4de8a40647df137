"""What is decided on a tool call, from the grant, the arguments and how the grant stands."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError
from support.builders import NOON
from support.standing import arrivals_of

from corridor.access.records import Conditions, Grant, Principal
from corridor.access.records.requests import Target
from corridor.access.records.tool_calls import Call, Proposal
from corridor.access.rules.tool_calls import (
    DEEPEST,
    MOST_BYTES,
    READABLE_BYTES,
    TARGETS,
    Ruled,
    Standing,
    answered,
    bar,
    decided,
    in_sight,
    names_target,
    read,
    stands,
    used,
)
from corridor.core.canonical import canonical, sha256
from corridor.core.errors import Invalid

OPEN = Standing(allowed=True, reasons=("granted",))
SHUT = Standing(allowed=False, reasons=("revoked", "grant_ended"))
LATER = NOON + timedelta(seconds=60)
CALL = Call(
    id="1" * 32,
    principal="bot",
    project="helpline",
    grant_id="2" * 32,
    tool="search",
    arguments_sha256=read({"n": 1}).sha256,
    overseer=False,
    verdict="allow",
    reasons=("in_scope",),
    made_at=NOON.timestamp(),
    until=LATER.timestamp(),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def a_grant(
    tools: tuple[str, ...] = ("search", "send"), ask_for: tuple[str, ...] = (), basis: str = "none"
) -> Grant:
    (grant,) = (
        kept.record for kept in arrivals_of({"grant": {}}) if isinstance(kept.record, Grant)
    )
    conditions = Conditions(tools=tools, ask_for=ask_for, check_tool_calls=True)
    target = Target.model_validate({"basis": basis})
    return grant.model_copy(update={"conditions": conditions, "target": target})


def a_person(name: str, *roles: str, active: bool = True, type_: str = "person") -> Principal:
    fields = {"name": name, "type": type_, "organisation": "acme", "roles": roles, "active": active}
    return Principal.model_validate({"made_at": NOON, **fields})


def nobody(_: str, __: str) -> bool:
    return False


def test_a_tool_of_the_grant_with_arguments_that_reach_nothing_may_run() -> None:
    assert decided(a_grant(), "search", read({"words": "rice"}), OPEN) == Ruled(
        "allow", ("in_scope",)
    )


@pytest.mark.parametrize("tool", ["shell", "Search", "search ", "searc", "searchh", "s\u0435arch"])
def test_a_tool_that_the_grant_does_not_name_may_not_run(tool: str) -> None:
    assert decided(a_grant(), tool, read({}), OPEN) == Ruled("deny", ("tools_not_granted",))


def test_a_grant_that_does_not_open_says_why_and_nothing_else_helps() -> None:
    grant = a_grant(ask_for=("search",), basis="own")

    assert decided(grant, "search", read({}), SHUT) == Ruled("deny", ("revoked", "grant_ended"))
    assert decided(grant, "search", read({}), Standing(allowed=False, reasons=())).verdict == "deny"


def test_every_call_of_a_tool_that_is_asked_for_waits_though_it_is_clear() -> None:
    grant = a_grant(ask_for=("send",), basis="own")

    assert decided(grant, "send", read({}), OPEN) == Ruled("wait", ("asked_for",))
    assert decided(grant, "search", read({}), OPEN).verdict == "allow"


def test_if_a_person_is_asked_for_at_an_unknown_tool_every_call_waits() -> None:
    grant = a_grant(ask_for=("sendd",), basis="own")

    assert decided(grant, "send", read({}), OPEN) == Ruled("wait", ("ask_for_unknown",))


@pytest.mark.parametrize("basis", ["own", "operate", "authorised"])
def test_a_target_waits_unless_the_grant_says_by_which_right_it_is_one(basis: str) -> None:
    there = read({"host": "192.0.2.1"})

    assert decided(a_grant(), "search", there, OPEN) == Ruled("wait", ("target_without_right",))
    assert decided(a_grant(basis=basis), "search", there, OPEN).verdict == "allow"


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_each_name_of_the_table_means_a_target_however_it_is_written(name: str) -> None:
    for written in (
        name,
        name.upper(),
        name.title(),
        f"{name}s",
        f"the_{name}",
        f"the-{name}-id",
        f"base{name.title()}",
        f"{name}2",
    ):
        assert names_target({"a": [{written: None}]}), written


@pytest.mark.parametrize(
    "name",
    ["targetURL", "baseurl", "fileName", "userId", "ｕｒｌ", "p\u0430th", "パス", "addresses"],
)
def test_other_ways_to_write_a_target_are_seen_too(name: str) -> None:
    assert names_target({name: "x"})


@pytest.mark.parametrize(
    "name", ["words", "limit", "language", "maxTokens", "temperature", "n", ""]
)
def test_names_that_mean_no_target_do_not_wait(name: str) -> None:
    assert not names_target({name: "https://example.org", "list": [1, "host"]})


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "{",
        "[1]",
        "7",
        '{"a": 1} {"a": 2}',
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": 1e400}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": "\\ud800"}',
        "{'a': 1}",
        "\x00",
        [1],
        None,
        True,
        {"a": 2**60},
        {"a": float("inf")},
        {"a": "\ud800"},
        json.loads('{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1)),
    ],
)
def test_arguments_that_not_everybody_reads_alike_wait(arguments: JsonValue) -> None:
    found = read(arguments)

    assert found.fields is None
    assert found.text.isascii()
    assert found.text.isprintable()
    assert decided(a_grant(basis="own"), "search", found, OPEN) == Ruled(
        "wait", ("arguments_unreadable",)
    )


def test_long_arguments_wait_and_endless_ones_are_refused() -> None:
    long = read({"words": "x" * READABLE_BYTES})

    assert decided(a_grant(), "search", long, OPEN) == Ruled("wait", ("arguments_long",))
    with pytest.raises(Invalid, match="longer"):
        read({"words": "x" * MOST_BYTES})
    with pytest.raises(Invalid, match="longer"):
        read("x" * MOST_BYTES)
    with pytest.raises(Invalid, match="deep"):
        read(json.loads("[" * 500 + "]" * 500))
    assert read("[" * 30_000).fields is None


def test_the_digest_is_of_the_canonical_json_so_that_anybody_can_make_it() -> None:
    fields = {"words": "चावल", "n": 1}
    written = '{ "n": 1.0, "words": "\\u091a\\u093e\\u0935\\u0932" }'

    assert read(dict(fields)).sha256 == sha256(canonical(fields)) == read(written).sha256


@given(JSON)
def test_any_json_is_read_or_refused_and_its_text_says_the_same(value: object) -> None:
    found = read(cast("JsonValue", value))

    again = read(json.loads(found.text))
    assert (again.sha256, again.fields is None) == (found.sha256, found.fields is None)
    assert (found.fields is None) >= (not isinstance(value, dict | str))


@given(JSON, JSON)
def test_different_arguments_have_different_digests(one: object, other: object) -> None:
    first, second = read(cast("JsonValue", one)), read(cast("JsonValue", other))

    assert (first.sha256 == second.sha256) == (first.text == second.text)


def test_a_persons_yes_opens_only_what_the_grant_opens_now() -> None:
    grant = a_grant()

    assert answered("allow", grant, "send", OPEN) == Ruled("allow", ("allowed_by_person",))
    assert answered("refuse", grant, "send", OPEN) == Ruled("deny", ("refused_by_person",))
    assert answered("allow", grant, "send", SHUT) == Ruled("deny", SHUT.reasons)
    assert answered("allow", grant, "other", OPEN) == Ruled("deny", ("tools_not_granted",))
    assert answered("allow", None, "send", OPEN) == Ruled("deny", ("no_grant",))


def test_no_answer_in_time_is_a_no_and_an_allow_does_not_last() -> None:
    waits = replace(CALL, verdict="wait", reasons=("asked_for",))
    denied = replace(CALL, verdict="deny", reasons=("revoked",))

    assert stands(waits, NOON) == Ruled("wait", ("asked_for",))
    assert stands(waits, LATER) == Ruled("deny", ("no_answer",))
    assert stands(CALL, NOON) == Ruled("allow", ("in_scope",))
    assert stands(CALL, LATER) == Ruled("deny", ("allow_ended",))
    assert stands(denied, NOON) == stands(denied, LATER) == Ruled("deny", ("revoked",))


def test_only_the_very_call_that_was_allowed_may_run_and_once() -> None:
    same, grant = read({"n": 1}), a_grant()

    def reasons(
        call: Call, tool: str = "search", arguments: JsonValue = None, standing: Standing = OPEN
    ) -> tuple[str, ...]:
        asked = same if arguments is None else read(arguments)
        found = used(call, tool, asked, grant, standing, NOON)
        assert (found.verdict == "allow") == (found.reasons == ("in_scope",))
        return found.reasons

    assert reasons(CALL) == ("in_scope",)
    assert reasons(CALL, arguments='{"n": 1}') == ("in_scope",)
    assert reasons(CALL, arguments={"n": 2}) == ("other_call",)
    assert reasons(CALL, "send") == ("other_call",)
    assert reasons(CALL, standing=SHUT) == SHUT.reasons
    assert reasons(replace(CALL, used_at=1.0)) == ("used_already",)
    assert reasons(replace(CALL, verdict="wait")) == ("not_decided",)
    assert reasons(replace(CALL, verdict="deny", reasons=("x",))) == ("x",)
    assert used(CALL, "search", same, None, SHUT, NOON).verdict == "deny"
    assert used(CALL, "search", same, grant, OPEN, LATER).reasons == ("allow_ended",)


def test_only_persons_who_decide_here_answer_and_never_for_their_own() -> None:
    concerned = ("bot", "meera")

    for role in ("approver", "operator"):
        assert bar(a_person("asha", role), concerned, nobody) is None
    for role in ("member", "auditor", "evaluator"):
        assert bar(a_person("asha", role), concerned, nobody) is not None
    assert bar(a_person("asha", "approver", active=False), concerned, nobody) is not None
    assert bar(a_person("robot", "operator", type_="service"), concerned, nobody) is not None
    for name in concerned:
        found = bar(a_person(name, "approver", "operator"), concerned, nobody)
        assert found is not None
        assert found.own


@pytest.mark.parametrize("pair", [("asha", "meera"), ("meera", "asha")])
def test_a_second_account_of_the_responsible_person_does_not_answer(pair: tuple[str, str]) -> None:
    found = bar(a_person("asha", "approver"), ("bot", "meera"), lambda a, b: (a, b) == pair)

    assert found is not None
    assert found.own


@pytest.mark.parametrize(
    "tool", ["", "a\nb", "a\x00", "\x1b[2J", "a\u202eb", "a\u200b", "a\u2028b", "\ud800", "x" * 129]
)
def test_a_tool_cannot_be_named_so_that_it_deceives_whoever_reads_it(tool: str) -> None:
    with pytest.raises(ValidationError):
        Proposal.model_validate({"grant": "1", "tool": tool, "arguments": {}})


@given(st.text())
def test_what_is_shown_has_nothing_that_moves_hides_or_turns_other_text(text: str) -> None:
    shown = in_sight(text)

    assert all(
        each.isprintable() or each in "\u200c\u200d\u00a0\u3000" or each.isspace() for each in shown
    )
    assert not set(shown) & set("\n\r\t\x1b\x00\u202e\u2066\u200b\ufeff\u2028")
    assert in_sight("चावल का भाव") == "चावल का भाव"
