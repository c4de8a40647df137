"""Policies about what persons do with services: read, checked, and decided beside those of use."""

import pytest

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.errors import BadPolicy
from corridor.access.records import ActFacts
from corridor.access.rules.policies import STRANGERS

ENGINE = CedarEngine()
FACTS = ActFacts(
    organisation="acme",
    roles=("operator",),
    identity_level=2,
    critical=False,
    share_percent=10,
    hour=3,
)
START = 'action == Action::"drill.start"'


def ruled(text: str, act: str = "drill.start", who: str = "asha", service: str = "helpline"):  # noqa: ANN201
    return ENGINE.policies({"own": text}).rule_act(act, who, service, FACTS)


def test_nothing_is_permitted_that_no_policy_permits() -> None:
    assert ENGINE.policies({}).rule_act("drill.start", "asha", "helpline", FACTS).reasons == (
        "no_permit",
    )


@pytest.mark.parametrize(
    ("when", "allowed"),
    [
        ("context.share_percent <= 10", True),
        ("context.share_percent < 10", False),
        ('context.roles.contains("operator")', True),
        ("context.identity_level >= 3", False),
        ("context.critical", False),
        ('context.organisation == "acme" && context.hour < 6', True),
    ],
)
def test_each_fact_decides(when: str, allowed: bool) -> None:
    text = f'@id("a") permit (principal == Principal::"asha", {START}, resource) when {{ {when} }};'

    assert ruled(text).allowed is allowed


def test_a_permit_is_for_its_person_its_act_and_its_service_alone() -> None:
    text = f'@id("a") permit (principal == Principal::"asha", {START}, resource == Service::"helpline");'

    assert ruled(text).policies == ("a",)
    assert not ruled(text, who="ravi").allowed
    assert not ruled(text, act="drill.abort").allowed
    assert not ruled(text, service="tutor").allowed


def test_a_policy_that_cannot_be_evaluated_closes() -> None:
    text = (
        f'@id("a") permit (principal == Principal::"asha", {START}, resource);'
        f'@id("b") forbid (principal, {START}, resource)'
        " when { context.share_percent * 9223372036854775807 > 5 };"
    )

    ruling = ruled(text)

    assert (ruling.allowed, ruling.errors) == (False, ("b",))


@pytest.mark.parametrize(
    "text",
    [
        f'@id("a") permit (principal, {START}, resource);',  # it holds for a stranger
        f'@id("a") permit (principal == Principal::"x", {START}, resource) when {{ context.tier == 0 }};',
        f'@id("a") permit (principal == Principal::"x", {START}, resource == Model::"x");',
        '@id("a") permit (principal == Principal::"x", action == Action::"drill.run", resource);',
        '@id("a") permit (principal == Principal::"x", action in [Action::"use", Action::"drill.start"], resource);',
    ],
)
def test_what_cannot_be_in_force_is_refused(text: str) -> None:
    with pytest.raises(BadPolicy):
        ENGINE.policies({"own": text})


def test_a_policy_of_acts_says_nothing_of_use_and_one_of_use_nothing_of_acts() -> None:
    acts = f'@id("a") permit (principal == Principal::"asha", {START}, resource);'
    use = '@id("b") forbid (principal, action, resource) when { context.hour == 12 };'
    alone, both = ENGINE.policies({}), ENGINE.policies({"acts": acts, "use": use})

    assert both.rule_act("drill.start", "asha", "helpline", FACTS).allowed
    assert both.rule("asha", "m", STRANGERS[0]) == alone.rule("asha", "m", STRANGERS[0])
    assert both.texts["a"] == acts
    assert 'action "drill.abort"' in ENGINE.schema
