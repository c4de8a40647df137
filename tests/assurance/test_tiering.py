"""What tier a file has: rules first, then what it was made from, then persons."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.evidence import a_query, a_safety_evaluation, an_evaluation
from support.supply import DIGEST
from support.tiered import (
    SAFE,
    a_book,
    a_lowering,
    a_partner,
    a_rule,
    a_word,
    confirmed,
    made,
    some_rules,
    stands,
    trained,
)

from corridor.assurance.records import DOMAINS
from corridor.assurance.rules.tiering import Standing, standing, tier_in
from corridor.assurance.rules.tiering.domains import DomainStanding
from corridor.core.records import Record
from corridor.federation import PartnerStanding

BASE, OTHER = "ba" * 32, "ed" * 32
RULES = some_rules(a_rule())
LARGE = (405_000_000_000, 15_600_000_000_000)
"""Parameters and tokens of Llama 3.1 405B (arXiv:2407.21783)."""


def general(found: Standing) -> DomainStanding:
    return next(each for each in found.domains if each.domain == "general")


def test_what_nobody_tested_is_of_the_highest_tier_and_says_what_is_missing() -> None:
    found = stands(RULES)

    assert (found.tier, found.is_known) == (3, False)
    assert {each.domain for each in found.domains} == set(DOMAINS)
    assert {(each.tier, each.state) for each in found.domains} == {(3, "unknown")}
    [missing] = general(found).missing
    assert missing.startswith("for limited by rule safe: attacks: attack_success at most 0.1")
    assert missing.endswith("in hi-Deva: absent")


def test_evidence_and_compute_bring_each_domain_as_low_as_its_rule_says() -> None:
    evidence = a_safety_evaluation(1)

    found = stands(RULES, trained(), evidence)

    assert (found.tier, found.is_known) == (1, True)
    assert (general(found).state, general(found).records) == ("ruled", (evidence.id,))
    assert {each.tier for each in found.domains if each.domain != "general"} == {0}


def test_evidence_in_one_language_says_nothing_of_another() -> None:
    book = a_book(RULES, trained(), a_safety_evaluation(1, language="en-Latn"))

    assert standing(book, DIGEST, "en-Latn", NOON).tier == 1
    assert standing(book, DIGEST, "ta-Taml", NOON).tier == 3
    assert standing(book, DIGEST, None, NOON).tier == 3
    assert tier_in(book, DIGEST, ["en-Latn", "ta-Taml"], NOON) == (3, False)
    assert tier_in(book, DIGEST, ["en-Latn"], NOON) == (1, True)
    assert tier_in(book, DIGEST, [], NOON) == (3, False)


def test_a_rule_that_names_languages_needs_evidence_in_every_one() -> None:
    both = SAFE.model_copy(update={"languages": ("en-Latn", "ta-Taml")})
    rules = some_rules(a_rule(evidence=[both]))
    english = a_safety_evaluation(1, language="en-Latn")
    tamil = a_safety_evaluation(1, language="ta-Taml")

    assert stands(rules, trained(), english, language=None).tier == 3
    assert stands(rules, trained(), english, tamil, language=None).tier == 1


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ([a_safety_evaluation(50)], "unknown"),
        ([a_safety_evaluation(9)], "unknown"),
        ([a_safety_evaluation(1, weak=("no calibration",))], "unknown"),
        ([a_safety_evaluation(1, made_at=NOON - timedelta(days=91))], "stale"),
        ([a_safety_evaluation(1, suite="other")], "unknown"),
        ([a_safety_evaluation(1, model_sha256=OTHER)], "unknown"),
        ([("jp", a_safety_evaluation(1))], "unknown"),
        ([("stranger", a_safety_evaluation(1))], "unknown"),
    ],
)
def test_what_does_not_meet_a_rule_lowers_nothing(records: list[Record], state: str) -> None:
    found = stands(RULES, a_partner(), trained(), *records)

    assert (found.tier, general(found).state) == (3, state)


def test_evidence_for_and_against_is_contradicted_and_the_highest_counts() -> None:
    good = a_safety_evaluation(1)
    bad = a_safety_evaluation(60).model_copy(update={"method": "asked otherwise"})

    found = general(stands(RULES, trained(), good, bad))

    assert (found.tier, found.state) == (3, "contradicted")
    assert set(found.records) == {good.id, bad.id}


def test_a_partners_evidence_counts_where_the_rules_name_it_and_records_are_exchanged() -> None:
    rules = some_rules(a_rule(), believed=("jp",))
    theirs = ("jp", a_safety_evaluation(1))
    apart = {"made_at": NOON, "partner": "jp", "standing": "suspended", "reason": "a test"}

    assert stands(rules, a_partner(), trained(), theirs).tier == 1
    assert stands(rules, trained(), theirs).tier == 3
    set_apart = PartnerStanding.model_validate(apart)
    assert stands(rules, a_partner(), trained(), theirs, set_apart).tier == 3


def test_fresh_evidence_becomes_stale_by_the_clock_alone() -> None:
    book = a_book(RULES, trained(), a_safety_evaluation(1))
    end = NOON + timedelta(days=SAFE.fresh_days)

    assert standing(book, DIGEST, "hi-Deva", end).tier == 1
    later = standing(book, DIGEST, "hi-Deva", end + timedelta(seconds=1))
    assert (later.tier, general(later).state) == (3, "stale")
    assert standing(book, DIGEST, "hi-Deva", end - timedelta(minutes=1)).until <= end + timedelta(
        microseconds=1
    )


DANGER = a_rule(
    "skilled", "cyber", 2, "at_least", [a_query(suite="offence", at_least=0.5, end="high")]
)
HARMLESS = a_rule(
    "clumsy", "cyber", 0, evidence=[a_query(suite="offence", at_least=None, at_most=0.7)]
)


def test_a_lower_bound_raises_though_its_evidence_is_old_and_open() -> None:
    rules = some_rules(
        a_rule(), DANGER, a_rule("small", "cyber", 0, evidence=[], compute_at_most=1e23)
    )
    old = an_evaluation(48, suite="offence", made_at=NOON - timedelta(days=900))

    found = stands(rules, trained(), a_safety_evaluation(1), old)

    cyber = next(each for each in found.domains if each.domain == "cyber")
    assert (found.tier, cyber.tier, cyber.state) == (2, 2, "bounded")
    assert old.id in cyber.records


def test_an_upper_and_a_lower_bound_by_evidence_contradict_each_other() -> None:
    rules = some_rules(a_rule(), DANGER, HARMLESS)
    evidence = an_evaluation(55, suite="offence")

    cyber = next(
        each for each in stands(rules, trained(), evidence).domains if each.domain == "cyber"
    )

    assert (cyber.tier, cyber.state) == (2, "contradicted")
    assert "against rule clumsy" in cyber.why


def test_large_compute_raises_though_the_rest_is_met_and_unknown_compute_lowers_nothing() -> None:
    presumed = a_rule("presumed", "general", 2, "at_least", [], compute_above=1e25)
    rules = some_rules(a_rule(), presumed)

    large = stands(rules, trained(DIGEST, *LARGE), a_safety_evaluation(1))
    unknown = stands(rules, a_safety_evaluation(1))

    assert (general(large).tier, general(large).state) == (2, "bounded")
    assert general(unknown).tier == 1
    assert {each.tier for each in unknown.domains if each.domain != "general"} == {3}


def made_from(floor: int | None = None, how: str = "quantised") -> list[Record]:
    inherited = [{"how": how, "floor": floor}] if floor is not None else []
    return [
        some_rules(a_rule(), inherited=inherited),
        trained(BASE),
        made(DIGEST, how, (BASE,)),
        a_safety_evaluation(1, model_sha256=BASE),
    ]


def test_a_new_file_inherits_nothing_of_what_it_was_made_from() -> None:
    found = stands(*made_from())

    assert stands(*made_from(), file=BASE).tier == 1
    assert (found.tier, general(found).state) == (3, "unknown")
    other_way = some_rules(a_rule(), inherited=[{"how": "fine_tuned", "floor": 0}])
    assert stands(other_way, *made_from()[1:]).tier == 3


def test_it_inherits_the_floor_that_the_rules_state_until_it_is_tested() -> None:
    begun = stands(*made_from(2))
    tested = stands(*made_from(2), a_safety_evaluation(1))

    assert (begun.tier, general(begun).state) == (2, "inherited")
    assert (tested.tier, general(tested).state) == (1, "ruled")


def test_a_floor_is_no_lower_than_what_the_file_was_made_from() -> None:
    raised = a_word(2, "cyber", file=BASE)

    found = stands(*made_from(0), raised)

    assert {each.domain: each.tier for each in found.domains}["cyber"] == 2
    assert {each.domain: each.tier for each in found.domains}["general"] == 1


def test_a_file_made_from_one_of_which_nothing_is_known_begins_at_the_highest() -> None:
    found = stands(
        some_rules(a_rule(), inherited=[{"how": "quantised", "floor": 0}]),
        made(DIGEST, "quantised", (BASE,)),
    )

    assert found.tier == 3


def test_files_made_from_each_other_are_of_the_highest_tier_and_it_ends() -> None:
    rules = some_rules(a_rule(), inherited=[{"how": "fine_tuned", "floor": 0}])
    circle = [made(DIGEST, "fine_tuned", (BASE,)), made(BASE, "fine_tuned", (DIGEST,))]

    found = stands(rules, *circle)

    assert (found.tier, found.lineage.cycle) == (3, (DIGEST, BASE))


def test_a_lineage_longer_than_anyone_would_make_is_held_for_unknown() -> None:
    chain = [f"{number:064x}" for number in range(2_000)]
    rules = some_rules(a_rule(), inherited=[{"how": "quantised", "floor": 0}])
    steps = [made(new, "quantised", (old,)) for old, new in pairwise(chain)]

    assert stands(rules, trained(chain[0]), *steps, file=chain[-1]).tier == 3


def test_a_person_raises_and_what_they_said_counts_though_evidence_is_better() -> None:
    found = stands(RULES, trained(), a_safety_evaluation(1), a_word(2))

    assert (found.tier, general(found).state) == (2, "raised")
    assert stands(RULES, trained(), a_safety_evaluation(1), a_word(0)).tier == 1


def test_two_persons_of_different_organisations_lower_till_the_day_they_named() -> None:
    lowering = a_lowering(0, days=10)
    records = (RULES, trained(), a_safety_evaluation(1), a_word(3), lowering, confirmed(lowering))

    found = general(stands(*records))

    assert (found.tier, found.state) == (0, "lowered")
    assert stands(*records, now=NOON + timedelta(days=10)).tier == 3


@pytest.mark.parametrize(
    "said",
    [
        {"organisation": "mission"},
        {"confirmed_by": "asha"},
        {"lowering_sha256": "f" * 64},
        {"lowering_issuer": "jp"},
        {"lowering_id": "f" * 32},
    ],
)
def test_the_word_of_one_or_on_another_proposal_lowers_nothing(said: dict[str, object]) -> None:
    lowering = a_lowering(0)

    assert stands(RULES, trained(), a_word(3), lowering).tier == 3
    assert stands(RULES, trained(), a_word(3), lowering, confirmed(lowering, **said)).tier == 3


def test_a_partners_person_confirms_by_a_record_of_their_node_and_a_stranger_does_not() -> None:
    lowering = a_lowering(1)
    known = (RULES, trained(), a_partner(), lowering)
    own_name = confirmed(lowering, confirmed_by="asha")

    assert stands(*known, ("jp", confirmed(lowering))).tier == 1
    assert stands(*known, ("jp", own_name)).tier == 1
    assert stands(*known, ("stranger", confirmed(lowering))).tier == 3


def test_a_partners_proposal_about_our_file_lowers_nothing_here() -> None:
    lowering = a_lowering(0)
    theirs = confirmed(lowering, lowering_issuer="jp")

    assert stands(RULES, trained(), a_partner(), ("jp", lowering), theirs).tier == 3


def test_a_later_word_ends_a_lowering_and_so_does_newer_evidence_of_a_danger() -> None:
    rules = some_rules(a_rule(), DANGER, HARMLESS)
    lowering = a_lowering(0, "cyber")
    both = (rules, trained(), a_safety_evaluation(1), lowering, confirmed(lowering))
    before = an_evaluation(90, suite="offence", made_at=NOON - timedelta(days=1))
    after = an_evaluation(90, suite="offence", made_at=NOON + timedelta(hours=1))
    later = NOON + timedelta(hours=2)

    assert stands(*both, before, now=later).tier == 1
    assert stands(*both, after, now=later).tier == 2
    assert stands(*both, a_word(3, "cyber"), now=later).tier == 3


def test_the_word_of_the_node_whose_model_it_is_counts_where_it_is_higher() -> None:
    known = (RULES, a_partner(), trained(), a_safety_evaluation(1), ("jp", a_word(2)))

    assert stands(*known, node="jp").tier == 2
    assert stands(*known).tier == 1


def test_without_rules_what_persons_set_counts_as_it_did() -> None:
    assert (stands().tier, stands().is_known) == (3, False)
    one = stands(a_word(1, act="set"), a_word(0, "cyber", "set"))
    assert (one.tier, one.is_known) == (1, True)
    assert stands(a_word(2, act="set"), a_word(0, act="set")).tier == 0
    lowering = a_lowering(1)
    assert stands(a_word(2, act="set"), lowering, confirmed(lowering)).tier == 1
    assert stands(lowering, confirmed(lowering), a_word(2, act="set")).tier == 2


def test_what_was_set_before_the_rules_lowers_until_the_day_that_they_name_and_then_raises() -> (
    None
):
    end = NOON + timedelta(days=30)
    set_before = a_word(1, act="set")
    lenient, strict = some_rules(a_rule(), set_words_until=end), RULES

    assert stands(set_before, lenient).tier == 1
    assert stands(set_before, lenient, now=end).tier == 3
    assert stands(set_before, strict).tier == 3
    assert stands(lenient, set_before).tier == 3
    assert stands(a_word(2, act="set"), strict, trained(), a_safety_evaluation(1)).tier == 2
    assert stands(set_before, lenient, a_word(2, "cyber")).tier == 2


def test_the_newest_rules_are_in_force() -> None:
    stricter = some_rules(a_rule(tier=2), edition=2)

    assert stands(RULES, trained(), a_safety_evaluation(1), stricter).tier == 2
    assert stands(RULES, ("jp", stricter), trained(), a_safety_evaluation(1)).tier == 1


@given(
    st.lists(
        st.sampled_from(
            [
                a_safety_evaluation(1),
                a_safety_evaluation(60),
                a_word(2),
                a_word(3, "cyber"),
                a_word(1, "biology"),
                trained(),
                trained(DIGEST, *LARGE),
                a_safety_evaluation(1, language="ta-Taml"),
                made(DIGEST, "fine_tuned", (BASE,)),
            ]
        ),
        max_size=6,
        unique_by=lambda record: record.id,
    ),
    st.sampled_from(sorted(DOMAINS)),
    st.integers(0, 3),
)
def test_one_persons_word_never_lowers_a_tier(
    records: list[Record], domain: str, tier: int
) -> None:
    word = a_word(max(tier, *_words(records, domain)), domain)

    assert stands(RULES, *records, word).tier >= stands(RULES, *records).tier


def _words(records: list[Record], domain: str) -> list[int]:
    """Return what was said of a domain: a person cannot say less than that."""
    said = [each for each in records if getattr(each, "domain", None) == domain]
    return [0, *(getattr(each, "tier", 0) for each in said)]
