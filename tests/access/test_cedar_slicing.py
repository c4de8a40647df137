"""Evaluating only the policies that can matter is the same as evaluating all of them."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import cedarpy
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.access.adapters.cedar import CedarEngine, CedarPolicies
from corridor.access.adapters.cedar_reading import Loaded, read
from corridor.access.adapters.policy_cases import shipped_case_file
from corridor.access.ports import Ruling
from corridor.access.records import Facts

ENGINE = CedarEngine()
BASE = shipped_case_file()[1]
NOTHING = cedarpy.Entities.from_json_str("[]")  # pyright: ignore[reportUnknownMemberType]

WORDS = ("in_force", "none", "a", "b", 'quo"te')
NUMBERS = (0, 1, 2, 3, 2**62)
STRINGS = ("grant", "purpose", "organisation", "evidence")
LONGS = ("tier", "hour", "evidence_days", "grant_tier")
BOOLS = ("active", "delegated", "overseer", "purpose_listed")
SETS = ("roles", "closed")
WHO = ("alice", "bob", 'x" || true || "')
MODELS = ("m1", "m2")


def quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(p) if isinstance(p, str) else p for p in parts)).map("".join)


words, numbers = st.sampled_from(WORDS).map(quoted), st.sampled_from(NUMBERS).map(str)
strings, longs, bools, sets = (
    st.sampled_from(names).map("context.{}".format) for names in (STRINGS, LONGS, BOOLS, SETS)
)
principals = st.sampled_from(WHO).map(lambda name: f"Principal::{quoted(name)}")
models = st.sampled_from(MODELS).map(lambda name: f"Model::{quoted(name)}")
orders = st.sampled_from((" < ", " <= ", " > ", " >= ", " == ", " != "))
lists = st.lists(words, min_size=1, max_size=3).map(lambda found: f"[{', '.join(found)}]")
atoms = st.one_of(
    bools,
    joined(strings, " == ", words),
    joined(words, " == ", strings),
    joined(strings, " != ", words),
    joined(strings, " == ", strings),
    joined(longs, " == ", numbers),
    joined(longs, orders, numbers),
    joined(longs, orders, longs),
    joined(lists, ".contains(", strings, ")"),
    joined(sets, ".contains(", words, ")"),
    joined(sets, ".isEmpty()"),
    joined(strings, " like ", st.sampled_from(('"a*"', '"*o*"', '"*"'))),
    joined("principal == ", principals),
    joined(principals, " == principal"),
    joined("principal in ", principals),
    joined("resource == ", models),
    joined("context has ", st.sampled_from((*STRINGS, "nothing"))),
    joined(longs, " + ", longs, " + ", longs, " > ", numbers),  # it can overflow
    joined(longs, " * ", longs, " == ", numbers),
    joined('ip("192.0.2.1").isIpv4() && ', bools),
    st.sampled_from(("true", "false")),
)


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        joined("(", inner, " && ", inner, ")"),
        joined("(", inner, " || ", inner, ")"),
        joined("!(", inner, ")"),
        joined("(if ", inner, " then ", inner, " else ", inner, ")"),
    )


conditions = st.recursive(atoms, deeper, max_leaves=8)
effects = st.sampled_from(("permit", "forbid"))
who = st.one_of(
    st.sampled_from(("principal", "principal is Principal")),
    joined("principal == ", principals),
    joined("principal in ", principals),
    joined("principal is Principal in ", principals),
)
uses = st.sampled_from(("action", 'action == Action::"use"', 'action in [Action::"use"]'))
what = st.one_of(st.just("resource"), joined("resource == ", models))
clauses = joined(st.sampled_from(("when", "unless")), " { ", conditions, " }")
bodies = joined(
    *("(", who, ", ", uses, ", ", what, ") "), st.lists(clauses, max_size=3).map(" ".join), ";"
)


@st.composite
def some_policies(draw: st.DrawFn, effect: st.SearchStrategy[str] = effects) -> list[str]:
    found = draw(st.lists(st.tuples(effect, bodies), min_size=1, max_size=8))
    return [f'@id("op-{number}") {kind}{body}' for number, (kind, body) in enumerate(found)]


@st.composite
def some_facts(draw: st.DrawFn) -> Facts:
    changed: dict[str, object] = {name: draw(st.sampled_from(WORDS)) for name in STRINGS}
    changed |= {name: draw(st.sampled_from(NUMBERS)) for name in LONGS}
    changed |= {name: draw(st.booleans()) for name in BOOLS}
    changed |= {
        name: tuple(draw(st.lists(st.sampled_from(WORDS), max_size=2, unique=True)))
        for name in SETS
    }
    others = ("grant_language", "within_quota", "countersigned", "stays_offline")
    changed |= {name: draw(st.booleans()) for name in others}
    return replace(BASE, **changed)


def accepted(texts: Sequence[str]) -> list[Loaded]:
    """Those that this node takes; of these here it refuses only permits that allow all."""
    found = list[Loaded]()
    for text in texts:
        what = read(text)
        assert all("allows all" in fault.message for fault in what.faults), (text, what.faults)
        if not what.faults:
            found += what.policies
    return found


def in_force(policies: Sequence[Loaded]) -> CedarPolicies:
    return ENGINE.policies({"own": "\n".join(each.text for each in policies)} if policies else {})


def unsliced(texts: Sequence[str], principal: str, model: str, facts: Facts) -> Ruling:
    """Ask Cedar with all policies as text and with all facts."""
    whole = cedarpy.PolicySet.from_str("\n".join((ENGINE.shipped, *texts)))
    ids = {node.id: node.annotations["id"] for node in whole.to_pst().static_policies.values()}
    result = cedarpy.is_authorized(  # pyright: ignore[reportUnknownMemberType]
        {
            "principal": {"type": "Principal", "id": principal},
            "action": {"type": "Action", "id": "use"},
            "resource": {"type": "Model", "id": model},
            "context": orjson.dumps(asdict(facts)).decode(),
        },
        whole,
        NOTHING,
    )
    failed = {ids[error.split("`")[1]] for error in result.diagnostics.errors}
    decided = {ids[number] for number in result.diagnostics.reasons}
    return Ruling(
        allowed=result.allowed and not failed,
        policies=tuple(sorted(decided)),
        reasons=(),
        errors=tuple(sorted(failed)),
    )


@settings(max_examples=120, deadline=None)
@given(
    some_policies(),
    st.lists(
        st.tuples(st.sampled_from(WHO), st.sampled_from(MODELS), some_facts()),
        min_size=1,
        max_size=4,
    ),
)
def test_the_ruling_is_that_of_all_policies_error_for_error(
    texts: list[str], asked: list[tuple[str, str, Facts]]
) -> None:
    own = accepted(texts)
    policies = in_force(own)
    for principal, model, facts in asked:
        ruling = policies.rule(principal, model, facts)
        whole = unsliced([each.text for each in own], principal, model, facts)

        assert (ruling.allowed, ruling.errors) == (whole.allowed, whole.errors)
        if not ruling.errors:
            assert sorted(ruling.policies) == list(whole.policies)


@settings(max_examples=80, deadline=None)
@given(
    some_policies(st.just("permit")), st.sampled_from(WHO), st.sampled_from(MODELS), some_facts()
)
def test_no_permit_of_an_operator_opens_what_a_shipped_rule_closes(
    texts: list[str], principal: str, model: str, facts: Facts
) -> None:
    before = ENGINE.policies({}).rule(principal, model, facts)
    after = in_force(accepted(texts)).rule(principal, model, facts)
    raw = unsliced(texts, principal, model, facts)  # those that are refused as well

    if before.reasons:
        assert not after.allowed
        assert set(before.reasons) <= set(after.reasons)
        assert not raw.allowed


def test_of_a_thousand_policies_only_those_are_evaluated_that_can_matter() -> None:
    text = "\n".join(
        f'@id("op-{n}") forbid(principal == Principal::"p{n}", action, resource)'
        f' when {{ context.organisation == "org-{n % 50}" && context.tier > 1 }};'
        for n in range(1000)
    )
    policies = ENGINE.policies({"own": text})

    chosen = policies.index.chosen("p7", "m1", replace(BASE, organisation="org-7"))
    other = policies.index.chosen("p7", "m1", replace(BASE, organisation="org-8"))

    assert [policies.loaded[n].id for n in chosen if n >= len(policies.loaded) - 1000] == ["op-7"]
    assert set(chosen) - set(other) == {len(policies.loaded) - 1000 + 7}
    assert len(chosen) < 12
