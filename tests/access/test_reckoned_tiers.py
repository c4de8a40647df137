"""Access decides on the tier that rules come to, in the language of the request, kept up to date."""

from dataclasses import replace
from datetime import timedelta

from support.builders import NOON
from support.evidence import a_safety_evaluation
from support.standing import (
    DIGEST,
    HERE,
    LANGUAGE,
    a_world,
    arrivals_of,
    kept_at,
    shipped_policies,
)
from support.tiered import SAFE, a_rule, a_word, some_rules, trained

from corridor.access.records import Facts
from corridor.access.rules.state import State, changes_earlier, folded, learned
from corridor.core.records import Record
from corridor.core.store import Kept

POLICIES = shipped_policies()
WORLD = a_world({}, POLICIES)
OTHER = "cd" * 32
LATER = 200


def kept(*records: Record) -> list[Kept[Record]]:
    return [kept_at(LATER + place, record) for place, record in enumerate(records)]


def state_after(*records: Record) -> State:
    """Return the state of a world in which all is as a grant needs, after these records too."""
    return folded(HERE, {}, [*arrivals_of({"tier": 0}), *kept(*records)], LATER)


def facts(state: State, language: str = LANGUAGE, days: float = 0) -> Facts:
    query = replace(WORLD.query, language=language)
    [found] = WORLD.finder.candidates(state, query, NOON + timedelta(days=days))[:1]
    return found.facts


RULES = some_rules(a_rule())


def test_without_rules_what_a_person_set_counts() -> None:
    assert (facts(state_after()).tier, facts(state_after()).tier_known) == (0, True)


def test_with_rules_what_a_person_set_opens_nothing_and_evidence_does() -> None:
    unknown = facts(state_after(RULES))
    tested = facts(state_after(RULES, trained(DIGEST), a_safety_evaluation(1, model_sha256=DIGEST)))

    assert (unknown.tier, unknown.tier_known) == (3, False)
    assert (tested.tier, tested.tier_known) == (1, True)


def test_evidence_in_one_language_opens_nothing_in_another() -> None:
    state = state_after(RULES, trained(DIGEST), a_safety_evaluation(1, model_sha256=DIGEST))

    assert facts(state, "ta-Taml").tier == 3


def test_a_fact_holds_until_its_evidence_is_stale_and_no_longer() -> None:
    state = state_after(RULES, trained(DIGEST), a_safety_evaluation(1, model_sha256=DIGEST))
    end = NOON + timedelta(days=SAFE.fresh_days)

    found = WORLD.finder.candidates(state, WORLD.query, end - timedelta(seconds=10))[0]

    assert found.facts.tier == 1
    assert found.good_until <= (end + timedelta(seconds=1)).timestamp()
    assert facts(state, days=SAFE.fresh_days + 1).tier == 3


def test_a_record_on_another_model_makes_nothing_be_reckoned_anew() -> None:
    state = state_after(RULES, trained(DIGEST), a_safety_evaluation(1, model_sha256=DIGEST))
    facts(state)
    before = state.tiers.reckoned[DIGEST]

    new = kept(a_word(3, file=OTHER), a_safety_evaluation(60, model_sha256=OTHER))
    after = learned(state, new, LATER + 2)

    assert after.tiers.reckoned[DIGEST] is before
    assert facts(after).tier == 1
    raised = learned(after, kept(a_word(2, file=DIGEST)), LATER + 3)
    assert facts(raised).tier == 2


def test_rules_that_arrive_make_all_be_folded_anew() -> None:
    state = state_after()

    assert changes_earlier(state, kept(RULES))
    assert not changes_earlier(state, kept(a_word(3, file=OTHER)))
