"""What is wrong with a policy is said before it takes effect: which one, where, and what."""

import subprocess
import sys
import textwrap

import pytest

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.adapters.cedar_reading import read
from corridor.access.rules.policies import MAX_DEPTH, MAX_SIGNS, MAX_TEXT, place_of

ENGINE = CedarEngine()
GOOD = '@id("good") forbid(principal, action, resource) when { context.tier == 9 };'


def said(text: str, **others: str) -> list[str]:
    return [place_of(fault) for fault in ENGINE.faults({"own": text, **others})]


def one(condition: str, effect: str = "forbid") -> str:
    return f'@id("it") {effect}(principal, action, resource) when {{ {condition} }};'


def test_a_good_policy_has_no_fault() -> None:
    assert said(GOOD) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "own: there is no policy in it"),
        ("// nothing but words", "own: there is no policy in it"),
        (f"{GOOD}\n\npermit(principal, action", "own, line 3: unexpected end of input"),
        ('@id("a")\nforbid(principal, action, resouce);', "invalid variable in the policy scope"),
        (one("context.tier > 1").removesuffix(";"), "own, line 1: unexpected end of input"),
        (one("context.teir > 1"), "own, line 1, policy it: attribute `teir` in context"),
        (one("context.teir > 1"), "did you mean `tier`?"),
        (one('context.tier == "1"'), "policy it: the types Long and String are not compatible"),
        (one("principal.age > 1"), "attribute `age` on entity type `Principal` not found"),
        (one('principal in Group::"a"'), "unrecognized entity type `Group`"),
        (one('ip("300.1.1.1").isIpv4()'), "failed to parse as IP address"),
        ('@id("a") forbid(principal, action == Action::"read", resource);', "unrecognized action"),
        ("forbid(principal, action, resource);", 'it needs an @id("…")'),
        ('@id("Big Name") forbid(principal, action, resource);', 'it needs an @id("…")'),
        ('@id("a") @id("b") forbid(principal, action, resource);', "duplicate annotation: @id"),
        (
            '@id("a") @reason("no spaces here") forbid(principal, action, resource);',
            "@reason is a code",
        ),
        ('@id("a") @reason("granted") forbid(principal, action, resource);', "@reason is a code"),
        (
            f'@id("a") @remedy("{"x" * 301}") forbid(principal, action, resource);',
            "an annotation has more than 300",
        ),
        ('@id("a") forbid(principal == ?principal, action, resource);', "it is a template"),
        (f"{GOOD}\n{GOOD}", "own, line 2, policy good: there is a policy of this id already"),
        (
            GOOD.replace("good", "not-revoked"),
            "policy not-revoked: there is a policy of this id already, in shipped",
        ),
        (one("99999999999999999999 == context.tier"), "integer parse error"),
        (f"/{'/' * MAX_TEXT}", "at most 200000 are taken"),
        (one('context.purpose == "\ud800"'), "surrogates not allowed"),
    ],
)
def test_each_fault_is_named_with_its_place(text: str, fault: str) -> None:
    found = said(text)
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    "text",
    [
        '@id("it") permit(principal, action, resource);',
        '@id("it") permit(principal is Principal, action == Action::"use", resource is Model);',
        one("true", "permit"),
        one("context.active || !context.active", "permit"),
        one("context.tier >= 0", "permit"),
        one("context.hour < 24 && context has tier", "permit"),
        one('context.purpose like "*"', "permit"),
        one("principal == principal", "permit"),
        one('context.grant != "in_force"', "permit"),
        '@id("it") permit(principal, action, resource) unless { context.countersign_refused };',
    ],
)
def test_a_permit_that_holds_for_a_stranger_allows_all_and_is_refused(text: str) -> None:
    assert [fault[:42] for fault in said(text)] == ["own, line 1, policy it: it allows all: it "]


@pytest.mark.parametrize(
    "text",
    [
        '@id("it") permit(principal == Principal::"alice", action, resource);',
        '@id("it") permit(principal, action, resource == Model::"aa");',
        one("context.active", "permit"),
        one('context.organisation == "aisi" && context.tier <= 1', "permit"),
        one("true"),
    ],
)
def test_a_permit_that_rests_on_something_and_any_forbid_are_taken(text: str) -> None:
    assert said(text) == []


def test_two_texts_cannot_have_policies_of_the_same_id() -> None:
    assert said(GOOD, second=GOOD) == [
        "second, line 1, policy good: there is a policy of this id already, in own"
    ]


def test_the_name_of_the_shipped_rules_is_theirs() -> None:
    faults = ENGINE.faults({"shipped": GOOD})
    assert [place_of(fault) for fault in faults] == [
        "shipped: this name is that of the shipped rules"
    ]


def test_all_faults_of_all_policies_are_said_at_once() -> None:
    found = said(f"forbid(principal, action, resource);\n{one('context.teir == 1')}\n{GOOD}")
    assert [fault.split(":")[0] for fault in found] == ["own, line 1", "own, line 2, policy it"]


DEEP = {
    "brackets": "(" * 20_000 + "context.active" + ")" * 20_000,
    "lists": "[" * 20_000 + "]" * 20_000 + ".isEmpty()",
    "sums": "+".join(["1"] * 20_000) + " > 1",
    "choices": "if true then " * 5_000 + "true" + " else false" * 5_000,
    "dots": "context" + ".tier" * 20_000 + " > 1",
    "ands": " && ".join(["context.active"] * 10_000),
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_nests_too_deep_to_be_parsed_safely_is_refused_unparsed(kind: str) -> None:
    text = one(DEEP[kind])
    assert len(text) < MAX_TEXT
    assert ("deep" in said(text)[0]) or ("split it" in said(text)[0])


@pytest.mark.parametrize(
    "condition",
    [
        "(" * (MAX_DEPTH - 1) + "context.active" + ")" * (MAX_DEPTH - 1),
        "(if true then " * (MAX_DEPTH - 1) + "true" + " else false)" * (MAX_DEPTH - 1),
        "+".join(["1"] * (MAX_SIGNS - 1)) + " > 1",
        "!(" * (MAX_DEPTH - 1)
        + "+".join(["1"] * (MAX_SIGNS - 40))
        + " > 1"
        + ")" * (MAX_DEPTH - 1),
    ],
)
def test_what_is_just_not_too_deep_is_parsed_on_a_small_stack(condition: str) -> None:
    # In a process of its own: an overflow of the stack would end it.
    program = """
        import sys, threading
        from corridor.access.adapters.cedar_reading import read
        threading.stack_size(2 * 1024 * 1024)
        thread = threading.Thread(target=read, args=(sys.stdin.read(),))
        thread.start()
        thread.join()
    """
    text = one(condition)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", textwrap.dedent(program)],
        input=text,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all("deep" in f.message or "nesting" in f.message for f in read(text).faults)
