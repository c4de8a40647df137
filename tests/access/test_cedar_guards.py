"""What can be read off a policy: values without which it cannot matter, and cannot fail."""

from dataclasses import replace

import pytest
from cedarpy import policies_to_pst

from corridor.access.adapters.cedar_guards import (
    Empty,
    Guards,
    Order,
    attributes_of,
    can_fail,
    guards_of,
)
from corridor.access.adapters.cedar_reading import read
from corridor.access.adapters.cedar_schema import ATTRIBUTES
from corridor.access.adapters.policy_cases import shipped_case_file

BASE = shipped_case_file()[1]

OVERFLOW = "context.tier * 9223372036854775807 > 1"


def guards(text: str) -> Guards:
    (policy,) = policies_to_pst(text).static_policies.values()
    return guards_of(policy)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('context.grant == "none"', {"grant": {"none"}}),
        ('"none" == context.grant', {"grant": {"none"}}),
        ("context.active", {"active": {True}}),
        ("!context.active", {"active": {False}}),
        ("!!context.active", {"active": {True}}),
        ("context.tier == 3", {"tier": {3}}),
        ("context.tier == 3 && context.active", {"tier": {3}, "active": {True}}),
        ('["a", "b"].contains(context.purpose)', {"purpose": {"a", "b"}}),
        ('context.purpose == "a" || context.purpose == "b"', {"purpose": {"a", "b"}}),
        ('!(context.active || context.grant == "x")', {"active": {False}}),
        ("!(context.active && context.overseer)", {}),
        ("!(!context.active || !context.overseer)", {"active": {True}, "overseer": {True}}),
        ('context.grant == "a" && context.grant == "b"', {"grant": set[str]()}),
        ('principal == Principal::"p"', {"@principal": {"p"}}),
        ('principal in Principal::"p"', {"@principal": {"p"}}),
        ('resource == Model::"m" || resource == Model::"n"', {"@resource": {"m", "n"}}),
        # nothing follows from these
        ("context.tier > 2", {}),
        ('context.grant != "none"', {}),
        ("context.grant == context.purpose", {}),
        ('context.purpose == "a" || context.active', {}),
        ("if context.active then true else true", {}),
        ('context.roles.contains("a")', {}),
        # what can fail hides what is on its right, and an `or` also what is on its left
        (f"{OVERFLOW} && context.active", {}),
        (f"context.active && {OVERFLOW}", {"active": {True}}),
        (f"(context.active && {OVERFLOW}) || context.active", {}),
        (f"!(context.active || {OVERFLOW})", {"active": {False}}),
        (f"!((context.active || {OVERFLOW}) && context.active)", {}),
        (f"context.overseer && ({OVERFLOW} || true) && context.active", {"overseer": {True}}),
    ],
)
def test_guards_say_what_has_to_hold(condition: str, expected: dict[str, set[object]]) -> None:
    found = guards(f"forbid(principal, action, resource) when {{ {condition} }};")
    assert {name: set(values) for name, values in found.values.items()} == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("context.tier > 2", {Order("tier", "greater", 2)}),
        ("!(context.tier > 2)", {Order("tier", "less_eq", 2)}),
        ("3 <= context.tier", {Order(3, "less_eq", "tier")}),
        ("!(context.tier >= context.grant_tier)", {Order("tier", "less", "grant_tier")}),
        ("context.closed.isEmpty()", {Empty("closed", wanted=True)}),
        ("!context.closed.isEmpty()", {Empty("closed", wanted=False)}),
        (
            "context.tier < 2 && (context.hour > 1 || context.active)",
            {Order("tier", "less", 2)},
        ),
        (
            "context.tier < 2 || (context.hour > 1 && context.tier < 2)",
            {Order("tier", "less", 2)},
        ),
        (f"{OVERFLOW} && context.tier > 2", set[object]()),
        (f"context.tier > 2 && {OVERFLOW}", {Order("tier", "greater", 2)}),
        ("context.tier + 1 > 2", set[object]()),
        ("[context.tier].isEmpty()", set[object]()),
    ],
)
def test_numbers_that_have_to_stand_so_and_sets_that_have_to_be_empty_are_guards(
    condition: str, expected: set[object]
) -> None:
    found = guards(f"forbid(principal, action, resource) when {{ {condition} }};")
    assert set(found.checks) == expected


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("wanted", [True, False])
def test_a_guard_on_numbers_holds_where_the_condition_does(sign: str, *, wanted: bool) -> None:
    condition = f"context.tier {sign} context.grant_tier"
    text = f"forbid(principal, action, resource) when {{ {condition if wanted else f'!({condition})'} }};"
    (check,) = guards(text).checks
    for tier in range(-1, 4):
        for grant_tier in range(-1, 4):
            true = {
                "<": tier < grant_tier,
                "<=": tier <= grant_tier,
                ">": tier > grant_tier,
                ">=": tier >= grant_tier,
            }[sign]
            facts = replace(BASE, tier=tier, grant_tier=grant_tier)
            assert check.holds(facts) is (true is wanted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('permit(principal == Principal::"p", action, resource);', {"@principal": {"p"}}),
        ('permit(principal in Principal::"p", action, resource);', {"@principal": {"p"}}),
        (
            'permit(principal is Principal in Principal::"p", action, resource == Model::"m");',
            {"@principal": {"p"}, "@resource": {"m"}},
        ),
        ("permit(principal is Principal, action, resource);", {}),
        (
            "permit(principal, action, resource) when { context.active } unless { context.overseer };",
            {"active": {True}, "overseer": {False}},
        ),
        (
            f"permit(principal, action, resource) unless {{ {OVERFLOW} }} when {{ context.active }};",
            {},
        ),
    ],
)
def test_the_scope_and_every_clause_count(text: str, expected: dict[str, set[object]]) -> None:
    assert {name: set(values) for name, values in guards(text).values.items()} == expected


@pytest.mark.parametrize(
    ("condition", "fails"),
    [
        ("context.tier + 1 > 2", True),
        ("-context.tier > 2", True),
        ('ip("192.0.2.1").isIpv4()', True),
        ("{a: context.tier}.a == 1", True),
        ("if context.active then context.tier * 2 > 1 else false", True),
        ('[1, context.tier].contains(3) && context.model like "a*"', False),
        ("!context.roles.isEmpty() || context.roles.containsAll(context.closed)", False),
        ("principal is Principal && context has tier", False),
    ],
)
def test_only_arithmetic_extensions_and_records_can_fail(condition: str, *, fails: bool) -> None:
    text = f"permit(principal, action, resource) when {{ {condition} }};"
    (policy,) = policies_to_pst(text).static_policies.values()
    assert any(can_fail(clause.expr) for clause in policy.clauses) is fails


def test_the_attributes_are_those_that_the_policy_can_look_at() -> None:
    def named(condition: str) -> frozenset[str]:
        text = f'@id("x") forbid(principal, action, resource) when {{ {condition} }};'
        (policy,) = policies_to_pst(text).static_policies.values()
        assert not read(text).faults
        return attributes_of(policy)

    assert named('context.tier > 1 && [context["model"]].contains("x")') == {"tier", "model"}
    assert named("context has tier && !(context has nothing)") == {"tier"}
    assert named("context == context") == ATTRIBUTES.keys()
