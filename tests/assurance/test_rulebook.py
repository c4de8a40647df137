"""Rules of tiers: read from files, checked, tried and adopted; what cannot be is refused with its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.evidence import a_query, a_safety_evaluation
from support.nodes import Node, a_node
from support.supply import DIGEST, a_model, a_supplier, an_organisation
from support.tiered import a_rule, made, some_rules, trained

from corridor.assurance import Assurance, Rulebook
from corridor.assurance.adapters.rule_files import rules_of, shipped, skill_tests, text_of
from corridor.assurance.errors import BadRules, LoweredAlone, NoRules, SameTier
from corridor.assurance.records import DOMAINS
from corridor.assurance.rules.tiering.checking import faults
from corridor.catalogue import Catalogue
from corridor.core.clock import wall_clock
from corridor.core.errors import Invalid, NotFound
from corridor.evaluation import listings

RULES = """
name: strict
edition: 1
title: For a test
rules:
  - id: attacks-fail
    domain: general
    effect: at_most
    tier: 1
    evidence:
      - kind: safety
        suite: indicjr
        figure: attack_success
        at_most: 0.1
        fresh_days: 90
    why: attacks in the language of use fail
"""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with a_node(tmp_path) as made_here:
        catalogue = made_here.runtime.service(Catalogue)
        with made_here.runtime.store.transaction("test") as tx:
            for record in (an_organisation(), a_supplier(), a_model("small")):
                catalogue.register(tx, record)
        yield made_here


@pytest.fixture
def rulebook(node: Node) -> Rulebook:
    return node.runtime.service(Rulebook)


def test_the_rules_that_ship_with_corridor_are_right_and_speak_of_every_domain() -> None:
    [baseline] = shipped(wall_clock())

    assert (baseline.name, baseline.edition) == ("baseline", 2)
    assert list(faults(baseline, listings(), (), skill_tests().tests)) == []
    assert {rule.domain for rule in baseline.rules} == set(DOMAINS)
    assert all(rule.source for rule in baseline.rules if rule.compute_above)


def test_rules_come_back_from_a_file_as_they_were() -> None:
    for rules in (*shipped(wall_clock()), some_rules(a_rule(), believed=("jp",))):
        again = rules_of(text_of(rules), rules.made_at)
        assert again.rules == rules.rules
        assert (again.inherited, again.believed) == (rules.inherited, rules.believed)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("domain: general", "domain: weather", "Line 7: rules.0.domain"),
        ("at_most: 0.1", "at_most: 1.5", "attack_success is never at most 1.5"),
        ("at_most: 0.1", "at_most: -0.1", "attack_success is never"),
        ("at_most: 0.1", "at_most: .nan", "Line 1"),
        ("at_most: 0.1\n", "at_most: 0.1\n        at_least: 0.5\n", "one threshold"),
        ("figure: attack_success", "figure: courage", "no figure 'courage'"),
        ("fresh_days: 90", "fresh_days: 0", "rules.0.evidence.0.fresh_days"),
        ("fresh_days: 90", "fresh_days: 90\n        languages: [tamil]", "no language tag"),
        ("fresh_days: 90", "fresh_days: 90\n        end: middle", "rules.0.evidence.0.end"),
        ("fresh_days: 90", "fresh_days: 90\n        weak: true", "weak evidence lowers no tier"),
        ("tier: 1", "tier: 3", "says nothing: every tier is at_most 3"),
        ("tier: 1", "tier: 4", "Line 9: rules.0.tier"),
        ("    why:", "    compute_above: 1.0e+25\n    why:", "more compute lowers no tier"),
        ("    why:", "    compute_at_most: 5\n    why:", "rules.0.compute_at_most"),
        ("    why:", "    colour: red\n    why:", "rules.0.colour means nothing here"),
        ("edition: 1", "edition: 0", "Line 3: edition"),
        ("rules:", "rules: []\nothers:", "Line 5: rules"),
        ("name: strict", "name: strict\nname: lax", "name is there twice"),
        ("rules:", "inherited: [{how: trained, floor: 1}]\nrules:", "made from nothing"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_their_place(old: str, new: str, said: str) -> None:
    assert rules_of(RULES, wall_clock()).name == "strict"
    assert old in RULES

    with pytest.raises(Invalid, match=said.replace(".", r"\.")):
        rules_of(RULES.replace(old, new, 1), wall_clock())


@pytest.mark.parametrize("text", ["", "- a\n- b", "just words", "a: [", "&a a: *a"])
def test_what_is_no_file_of_rules_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        rules_of(text, wall_clock())


def test_two_rules_of_one_name_are_refused() -> None:
    rule = RULES[RULES.index("  - id") :]

    with pytest.raises(BadRules, match="two rules are called attacks-fail"):
        rules_of(RULES + rule, wall_clock())


@pytest.mark.parametrize(
    ("query", "place"),
    [
        (a_query(suite="nothing-like-it"), "rules.0.evidence.0.suite"),
        (a_query(suite="indicjr"), "rules.0.evidence.0.kind"),
        (
            a_query(kind="safety", suite="sib-200", figure="attack_success"),
            "rules.0.evidence.0.kind",
        ),
        (a_query(suite="jmmlu", languages=("ta-Taml",)), "rules.0.evidence.0.languages"),
    ],
)
def test_a_rule_that_asks_for_evidence_that_cannot_exist_is_not_adopted(
    node: Node, rulebook: Rulebook, query: object, place: str
) -> None:
    rules = some_rules(a_rule(evidence=[query]))  # pyright: ignore[reportArgumentType]

    with node.runtime.store.view() as view:
        [(found, what)] = rulebook.faults(view, rules)
    with pytest.raises(BadRules, match=place), node.runtime.store.transaction("test") as tx:
        rulebook.adopt(tx, rules, "a test")

    assert found == place
    assert "rule safe" in what
    with node.runtime.store.view() as view:
        assert rulebook.in_force(view) is None


def test_a_suite_of_another_harness_may_be_asked_for_where_there_is_evidence_on_it(
    node: Node, rulebook: Rulebook
) -> None:
    rules = some_rules(a_rule())
    with node.runtime.store.transaction("test") as tx:
        assert rulebook.faults(tx, rules)
        tx.append(a_safety_evaluation(1))
        assert rulebook.faults(tx, rules) == []


def test_what_is_tried_changes_nothing_and_what_is_adopted_does(
    node: Node, rulebook: Rulebook
) -> None:
    assurance = node.runtime.service(Assurance)
    with node.runtime.store.transaction("test") as tx:
        assurance.rate(tx, "small", 0, "a small model")
        tx.append(a_safety_evaluation(1, made_at=wall_clock()))
        tx.append(trained())
        changes = rulebook.changes(tx, some_rules(a_rule()))
        assert assurance.tier(tx, DIGEST, ["hi-Deva"]) == (0, True)

        rulebook.adopt(tx, some_rules(a_rule()), "the board asked for it")

        assert assurance.tier(tx, DIGEST, ["hi-Deva"]) == (1, True)
        assert assurance.tier(tx, DIGEST, ["ta-Taml"]) == (3, False)
    assert [(each.model, each.language, each.before, each.after) for each in changes] == [
        ("small", "hi-Deva", 0, 1),
        ("small", None, 0, 3),
    ]


def test_an_edition_is_never_two_things(node: Node, rulebook: Rulebook) -> None:
    with node.runtime.store.transaction("test") as tx:
        tx.append(a_safety_evaluation(1))
        rulebook.adopt(tx, some_rules(a_rule()), "a test")
        rulebook.adopt(tx, some_rules(a_rule()), "the same again")
        with pytest.raises(BadRules, match="edition 1 of rules is other rules"):
            rulebook.adopt(tx, some_rules(a_rule(tier=2)), "a test")
        rulebook.adopt(tx, some_rules(a_rule(tier=2), edition=2), "a test")
        assert [each.edition for each in rulebook.history(tx)] == [1, 1, 2]


def test_rules_that_are_not_there_are_not_found(
    node: Node, rulebook: Rulebook, tmp_path: Path
) -> None:
    with pytest.raises(NoRules):
        rulebook.read("nothing-like-it")
    with pytest.raises(NoRules):
        rulebook.read(str(tmp_path / "none.yaml"))
    with pytest.raises(NoRules), node.runtime.store.view() as view:
        rulebook.required(view)


def test_one_person_sets_the_first_tier_without_rules_and_only_raises_from_then_on(
    node: Node,
) -> None:
    assurance = node.runtime.service(Assurance)
    with node.runtime.store.transaction("test") as tx:
        assert assurance.rate(tx, "small", 1, "a small model").act == "set"
        assert assurance.rate(tx, "small", 2, "it plans well").act == "raised"
        with pytest.raises(SameTier):
            assurance.rate(tx, "small", 2, "it plans well")
        with pytest.raises(LoweredAlone):
            assurance.rate(tx, "small", 1, "it does not after all")
        assert assurance.tier(tx, DIGEST) == (2, True)


def test_where_rules_are_in_force_a_word_is_a_floor(node: Node) -> None:
    assurance = node.runtime.service(Assurance)
    with node.runtime.store.transaction("test") as tx:
        tx.append(some_rules(a_rule()))
        assert assurance.rate(tx, "small", 2, "it plans well").act == "raised"
        assert assurance.tier(tx, DIGEST, ["hi-Deva"]) == (3, False)
        tx.append(a_safety_evaluation(1, made_at=wall_clock()))
        tx.append(trained())
        assert assurance.tier(tx, DIGEST, ["hi-Deva"]) == (2, True)


def test_only_evidence_is_named_as_evidence(node: Node) -> None:
    assurance = node.runtime.service(Assurance)
    with node.runtime.store.transaction("test") as tx:
        safety = a_safety_evaluation(1)
        provenance = made(DIGEST, "trained", ())
        tx.append(safety)
        tx.append(provenance)
        assert assurance.rate(tx, "small", 1, "see the evidence", evidence=[safety.id])
        for wrong in (provenance.id, "f" * 32):
            with pytest.raises(NotFound):
                assurance.rate(tx, "small", 2, "see the evidence", evidence=[wrong])  # pyright: ignore[reportArgumentType]


def test_what_a_file_was_made_from_is_read_with_it_and_nothing_of_other_files(node: Node) -> None:
    assurance = node.runtime.service(Assurance)
    quantised, other = "fa" * 32, "ed" * 32
    rules = some_rules(a_rule(), inherited=[{"how": "quantised", "floor": 0}])
    with node.runtime.store.transaction("test") as tx:
        for record in (rules, trained(), made(quantised, "quantised", (DIGEST,))):
            tx.append(record)
        for file in (DIGEST, other):
            tx.append(a_safety_evaluation(1, model_sha256=file, made_at=wall_clock()))

        assert assurance.tier(tx, quantised, ["hi-Deva"]) == (1, True)
        book = assurance.book(tx, (quantised,))
        assert (len(book.of(DIGEST).pieces), len(book.of(other).pieces)) == (1, 0)
