"""Tests of skill by others, in the rules that ship: they raise by what is read, lower by what was asked here alone."""

from datetime import datetime

import pytest
from pydantic import JsonValue
from support.builders import NOON
from support.evidence import a_query, an_evaluation
from support.supply import DIGEST
from support.tiered import a_rule, some_rules, stands

from corridor.assurance.adapters.rule_files import shipped, skill_tests
from corridor.assurance.records import DOMAINS, TierRules
from corridor.assurance.rules.tiering.checking import faults, notes
from corridor.assurance.rules.tiering.domains import DomainStanding
from corridor.catalogue import Provenance
from corridor.evaluation import Evaluation, listings

BIO, CHEM, CYBER = (f"inspect_evals/wmdp_{each}" for each in ("bio", "chem", "cyber"))


def asked(suite: str, right: int, n: int, *, read: bool = False) -> Evaluation:
    """Return what came of a test in English: asked by this node, or only read from a log."""
    made = an_evaluation(right, n, suite=suite, language="en-Latn", made_at=NOON)
    here: dict[str, JsonValue] = {"operator": "acme", "address": "local", "served": "small"}
    fields: dict[str, JsonValue] = {
        "harness": "inspect_ai 0.3.285",
        "task": suite,
        "called": "small",
        "file_sha256": "a" * 64,
        "samples_sha256": "b" * 64,
        "whole": True,
        "by": "operator",
        "where": "in",
        "endpoint": None if read else here,
    }
    return Evaluation.model_validate({**made.model_dump(), "taken": fields})


def baseline(now: datetime = NOON) -> TierRules:
    [rules] = shipped(now)
    return rules.model_copy(update={"made_at": NOON})


def large() -> Provenance:
    """Return a file of which only the compute says that it is no small one."""
    fields = {"parameters": 70_000_000_000, "tokens": 2_000_000_000_000}
    known = {"made_at": NOON, "model": "small", "model_sha256": DIGEST, "how": "trained"}
    return Provenance.model_validate({**known, **fields, "source": "card"})


def domain(name: str, *records: Evaluation) -> DomainStanding:
    found = stands(baseline(), large(), *records)
    [one] = [each for each in found.domains if each.domain == name]
    return one


def test_without_a_test_every_domain_of_a_large_model_is_unknown_and_of_the_highest() -> None:
    found = stands(baseline(), large())
    assert {each.domain: (each.tier, each.state) for each in found.domains} == {
        name: (3, "unknown") for name in DOMAINS
    }


@pytest.mark.parametrize(
    ("records", "tier", "state"),
    [
        ((asked(BIO, 320, 1273), asked(CHEM, 105, 408)), 1, "ruled"),
        ((asked(BIO, 320, 1273),), 3, "unknown"),  # nothing of chemistry
        ((asked(BIO, 320, 1273, read=True), asked(CHEM, 105, 408)), 3, "unknown"),
        ((asked(BIO, 0, 1273), asked(CHEM, 0, 408)), 3, "unknown"),  # it does not answer
        ((asked(BIO, 60, 240), asked(CHEM, 60, 240)), 3, "unknown"),  # too few
    ],
)
def test_only_guessing_that_was_asked_here_brings_a_domain_down(
    records: tuple[Evaluation, ...], tier: int, state: str
) -> None:
    found = domain("biology", *records)
    assert (found.tier, found.state) == (tier, state)


def test_a_log_that_was_read_raises_what_little_compute_brought_down() -> None:
    small = large().model_copy(update={"parameters": 1_000_000_000, "tokens": 1_000_000_000_000})
    for suite, right, n, tier in (
        (CYBER, 1200, 1987, 2),
        (CYBER, 700, 1987, 0),
        ("inspect_evals/cybench", 12, 40, 2),
        ("inspect_evals/cybench", 34, 40, 3),
        ("inspect_evals/gdm_intercode_ctf", 60, 78, 2),
    ):
        found = stands(baseline(), small, asked(suite, right, n, read=True))
        [cyber] = [each for each in found.domains if each.domain == "cyber"]
        assert cyber.tier == tier, suite
    competes = asked("inspect_evals/mle_bench", 30, 75, read=True)
    [research] = [
        each for each in stands(baseline(), small, competes).domains if each.domain == "research"
    ]
    assert research.tier == 2


def test_a_model_that_answers_nothing_is_not_unskilled() -> None:
    """Much worse than guessing is no lack of skill."""

    def knowing(right: int) -> Evaluation:
        made = an_evaluation(right, 600, suite="global-mmlu", language="en-Latn")
        share = right / 600
        above = (share - 0.25) / 0.75
        figure = {"value": above, "low": above - 0.05, "high": above + 0.05}
        return Evaluation.model_validate({**made.model_dump(), "above_chance": figure})

    assert domain("autonomy", knowing(160)).tier == 1
    assert domain("autonomy", knowing(0)).tier == 3
    assert domain("autonomy", knowing(500)).tier == 3


def test_each_test_says_what_it_does_not_tell_and_domains_without_one_say_why() -> None:
    known = skill_tests()
    assert {each.domain for each in known.untested} == {"autonomy", "manipulation"}
    tested = {each.domain for each in known.tests}
    assert tested | {each.domain for each in known.untested} == set(DOMAINS) - {"general"}
    assert all(each.does_not_tell and each.source for each in known.tests)
    asked_for = {query.suite for query in baseline().queries()}
    assert {each.suite for each in known.tests} <= asked_for


def test_a_rule_may_ask_for_a_test_of_skill_though_there_is_no_evidence_on_it_yet() -> None:
    tests = skill_tests().tests
    good = a_query(suite=CYBER, at_least=0.5, languages=("en-Latn",))
    assert not list(faults(some_rules(a_rule(evidence=[good])), listings(), (), tests))
    for query, place in (
        (a_query(suite=CYBER, languages=("hi-Deva",)), "languages"),
        (a_query(suite=CYBER, figure="above_chance"), "figure"),
        (a_query(kind="safety", suite=CYBER, figure="attack_success"), "kind"),
        (a_query(suite="inspect_evals/wmdp_cybr"), "suite"),
    ):
        [(found, _)] = faults(some_rules(a_rule(evidence=[query])), listings(), (), tests)
        assert found == f"rules.0.evidence.0.{place}"


def test_a_rule_that_would_lower_by_what_is_only_read_is_said_never_to_hold() -> None:
    query = a_query(suite="inspect_evals/cybench", at_least=None, at_most=0.1)
    rules = some_rules(a_rule("fails", "cyber", evidence=[query]))
    [said] = [each for each in notes(rules, skill_tests().tests) if "never holds" in each]
    assert "Rule fails" in said
