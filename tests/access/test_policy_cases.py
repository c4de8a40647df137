"""The shipped rules do what their cases say, and each rule is tried both ways."""

import pytest

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.policy_cases import FORMATS, read_cases, shipped_case_file
from corridor.access.rules.policy_cases import Case, facts_of, tried
from corridor.core.errors import Invalid

POLICIES = CedarEngine().policies({})
CASES, BASE = shipped_case_file()


@pytest.mark.parametrize("case", CASES.cases, ids=lambda case: case.name)
def test_the_case_comes_out_as_it_says(case: Case) -> None:
    (found,) = tried([case], BASE, POLICIES)
    assert found.fault is None


def test_every_shipped_rule_decides_in_a_case_and_is_kept_to_in_another() -> None:
    found = list(tried(CASES.cases, BASE, POLICIES))
    decided = {name for each in found for name in each.ruling.policies}
    kept_to = {each.case.rule for each in found if each.ruling.allowed}

    assert decided == {each.id for each in POLICIES.loaded}
    assert kept_to == {each.id for each in POLICIES.loaded}
    assert len({each.case.name for each in found}) == len(found)


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ({"expect": "deny"}, "it is allowed"),
        ({"expect": "allow", "facts": {"active": False}}, "it is denied: unknown_principal"),
        ({"expect": "deny", "facts": {"grant": "?"}, "reasons": ["revoked"]}, "the reasons are no"),
        (
            {
                "expect": "deny",
                "facts": {"active": False, "closed": ["key"]},
                "reasons": ["revoked"],
            },
            "the reasons are unknown_principal, revoked",
        ),
        (
            {"expect": "deny", "facts": {"active": False}, "rule": "not-revoked"},
            "not-revoked is not among those that denied: known-principal",
        ),
    ],
)
def test_a_case_that_comes_out_otherwise_says_how(case: dict[str, object], fault: str) -> None:
    (found,) = tried([Case.model_validate({"name": "a case", **case})], BASE, POLICIES)
    assert found.fault is not None
    assert found.fault.startswith(fault)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"tire": 3}, "a case: tire: there is no such fact."),
        ({"tier": "3"}, "a case: tier: Input should be a valid integer."),
        ({"active": 1}, "a case: active: Input should be a valid boolean."),
        ({"closed": "key"}, "a case: closed: Input should be a valid"),
    ],
)
def test_a_fact_that_there_is_not_or_of_another_type_is_refused(
    facts: dict[str, object], message: str
) -> None:
    case = Case.model_validate({"name": "a case", "facts": facts, "expect": "deny"})
    with pytest.raises(Invalid) as refused:
        list(tried([case], BASE, POLICIES))
    assert refused.value.message.startswith(message)


def test_a_base_that_lacks_a_fact_is_refused() -> None:
    with pytest.raises(Invalid, match="base: here: Field required"):
        facts_of({"home": "in"}, None, "base")


WRITTEN = {
    "a.yaml": "cases:\n- {name: one, expect: deny, facts: {tier: 3}}",
    "a.toml": '[[cases]]\nname = "one"\nexpect = "deny"\nfacts = {tier = 3}',
    "a.json": '{"cases": [{"name": "one", "expect": "deny", "facts": {"tier": 3}}]}',
}


@pytest.mark.parametrize("name", WRITTEN)
def test_cases_are_read_from_yaml_toml_and_json(name: str) -> None:
    assert read_cases(WRITTEN[name], name).cases == (
        Case(name="one", expect="deny", facts={"tier": 3}),
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "a file that ends in .yaml"),
        ("a.yaml", "cases: [", "a.yaml cannot be read: "),
        ("a.yaml", "[" * 2_000, "a.yaml cannot be read: "),
        ("a.yaml", "!!python/object/apply:os.getcwd []", "a.yaml cannot be read: "),
        ("a.toml", "cases = ", "a.toml cannot be read: "),
        ("a.json", "{", "a.json cannot be read: "),
        ("a.json", "[]", "a.json: the whole of it: "),
        ("a.json", '{"cases": []}', "a.json: cases: "),
        ("a.json", '{"cases": [{"name": "one", "expect": "maybe"}]}', "a.json: cases.0.expect: "),
    ],
)
def test_a_file_that_is_no_file_of_cases_is_refused_with_the_place(
    name: str, text: str, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_cases(text, name)
    assert message in refused.value.message
    assert "\n" not in refused.value.message


def test_every_format_is_tried_here() -> None:
    assert {f".{name.partition('.')[2]}" for name in WRITTEN} | {".yml"} == set(FORMATS)
