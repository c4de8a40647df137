"""Deciding by policies in Cedar: default deny, forbid overrides, what cannot be checked closes."""

from dataclasses import replace

import pytest

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.policy_cases import shipped_case_file
from corridor.access.errors import BadPolicy
from corridor.access.ports import Ruling
from corridor.access.records import Facts

BASE = shipped_case_file()[1]
ENGINE = CedarEngine()


def rule(text: str = "", principal: str = "alice", model: str = "m", **facts: object) -> Ruling:
    policies = ENGINE.policies({"own": text} if text else {})
    return policies.rule(principal, model, replace(BASE, **facts))  # pyright: ignore[reportArgumentType]


def test_what_is_granted_on_evidence_is_allowed_and_says_by_which_policy() -> None:
    assert rule() == Ruling(True, ("granted-use",), (), ())


def test_all_that_forbids_is_named_in_the_order_of_the_policies() -> None:
    ruling = rule(active=False, evidence="none", closed=("model",))
    assert ruling.policies == ("known-principal", "evidence-exists", "not-revoked")
    assert ruling.reasons == ("unknown_principal", "evidence_missing", "revoked")


def test_what_nothing_permits_is_denied_without_a_reason() -> None:
    assert rule(grant="unheard of") == Ruling(False, (), (), ())


def test_an_operator_forbids_for_a_reason_of_its_own_or_without_one() -> None:
    reasoned = '@id("night") @reason("too_late") @remedy("the day") forbid(principal, action, resource) when { context.hour == 3 };'
    plain = '@id("night") forbid(principal, action, resource) when { context.hour == 3 };'

    assert rule(reasoned, hour=3) == Ruling(False, ("night",), ("too_late",), ())
    assert rule(plain, hour=3).reasons == ("node_rule",)
    assert rule(reasoned, hour=4).allowed
    assert ENGINE.policies({"own": reasoned}).remedies["too_late"] == "the day"


def test_a_forbid_that_cannot_be_evaluated_closes_though_cedar_would_skip_it() -> None:
    text = '@id("sum") forbid(principal, action, resource) when { context.tier * 9223372036854775807 > 1 };'

    assert rule(text, tier=2) == Ruling(False, ("sum",), ("policy_error",), ("sum",))
    assert rule(text, tier=0, grant_tier=0).allowed


def test_a_failing_policy_hides_no_other_reason() -> None:
    text = '@id("sum") permit(principal, action, resource) when { context.tier * 9223372036854775807 > 1 };'
    ruling = rule(text, tier=2, closed=("key",))

    assert ruling.reasons == ("revoked", "policy_error")
    assert ruling.policies == ("not-revoked", "sum")


@pytest.mark.parametrize("name", ['"; permit(principal, action, resource); //', 'a"b', "a\nb", ""])
def test_an_id_is_a_value_and_never_read_as_text(name: str) -> None:
    only_bob = '@id("no-bob") forbid(principal == Principal::"bob", action, resource);'

    assert rule(only_bob, name).allowed
    assert not rule(only_bob, name, active=False).allowed
    assert not rule(only_bob, "bob", model=name).allowed


@pytest.mark.parametrize("purpose", ['"}', '{"__entity": 1}', '", "active": true, "x": "'])
def test_a_fact_is_a_value_and_never_read_as_text(purpose: str) -> None:
    quiet = '@id("quiet") forbid(principal, action, resource) when { context.purpose == "x" };'

    assert rule(quiet, purpose=purpose).allowed
    assert not rule(quiet, purpose=purpose, active=False).allowed


def test_half_a_character_closes() -> None:
    looked_at = '@id("p") forbid(principal, action, resource) when { context.purpose like "x*" };'

    assert rule(looked_at, purpose="\ud800").reasons == ("policy_error",)
    assert rule("", "\ud800").reasons == ("policy_error",)


def test_a_number_that_cedar_cannot_hold_closes() -> None:
    assert rule(evidence_days=2**63).reasons == ("policy_error",)


def test_remedies_of_the_shipped_rules_cannot_be_reworded() -> None:
    text = '@id("mine") @reason("revoked") @remedy("pay me") forbid(principal, action, resource) when { context.tier == 9 };'
    policies = ENGINE.policies({"own": text})

    assert policies.remedies["revoked"] == ENGINE.policies({}).remedies["revoked"]


def test_every_shipped_forbid_has_a_reason_of_its_own_and_a_remedy() -> None:
    policies = ENGINE.policies({})
    forbids = [each for each in policies.loaded if each.node.effect == "forbid"]

    assert len({each.reason for each in forbids}) == len(forbids) == len(policies.remedies)
    assert all(each.remedy for each in forbids)


def test_the_version_is_of_all_texts_and_their_names_in_any_order() -> None:
    one = '@id("one") forbid(principal, action, resource) when { context.tier == 9 };'
    two = '@id("two") forbid(principal, action, resource) when { context.tier == 8 };'
    versions = {
        ENGINE.policies(texts).version
        for texts in ({}, {"a": one}, {"b": one}, {"a": one, "b": two}, {"a": f"{one}\n"})
    }

    assert len(versions) == 5
    assert all(len(version) == 64 for version in versions)
    assert ENGINE.policies({"b": two, "a": one}).version in versions


def test_many_different_parts_do_not_pile_up() -> None:
    text = "\n".join(
        f'@id("{name}-{n}") forbid(principal == Principal::"p{n}", action, resource)'
        f' when {{ context.language like "{"hi" if n < 2 else "ja"}*" }};'
        for n in range(300)
        for name in ("a", "b")
    )
    policies = ENGINE.policies({"own": text})
    policies.parts.most = 200
    sizes = list[int]()
    for n in range(300):
        assert policies.rule(f"p{n}", "m", BASE).allowed is (n >= 2)
        sizes.append(sum(len(chosen) for chosen in policies.parts.made))

    assert 100 < max(sizes) <= 200
    assert min(sizes[100:]) < 10


def test_what_has_a_fault_is_never_taken_into_force() -> None:
    with pytest.raises(BadPolicy, match=r"own, line 1: it needs an @id"):
        ENGINE.policies({"own": "forbid(principal, action, resource);"})


def test_facts_are_of_the_types_that_the_schema_says() -> None:
    shown = ENGINE.schema
    assert "    tier: Long,\n" in shown
    assert "    active: Bool,\n" in shown
    assert "    closed: Set<String>,\n" in shown
    assert all(f"    {name}: " in shown for name in Facts.__dataclass_fields__)
