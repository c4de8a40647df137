"""A record that arrives touches what rests on it, and nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOON
from support.evidence import a_safety_evaluation, an_evaluation
from support.supply import DIGEST
from support.tiered import (
    a_book,
    a_lowering,
    a_partner,
    a_rule,
    a_word,
    arrived,
    confirmed,
    made,
    some_rules,
    trained,
)

from corridor.assurance.rules.tiering import Book, Standing, book_of, changes_all, learned, standing
from corridor.core.corrections import Withdrawal
from corridor.core.records import Record
from corridor.federation import PartnerStanding

OTHER, TUNED, BASE = "ed" * 32, "fa" * 32, "ba" * 32
RULES = some_rules(a_rule())
KNOWN: tuple[Record, ...] = (
    RULES,
    a_partner(),
    trained(),
    trained(OTHER),
    made(TUNED, "fine_tuned", (OTHER,)),
    a_safety_evaluation(1),
)
LATER = 100
"""Where the log of tests goes on."""


def after(book: Book, *records: Record) -> Book:
    return learned(book, arrived(records, LATER))


def reckoned(book: Book, file: str = DIGEST, language: str = "hi-Deva") -> Standing:
    return standing(book, file, language, NOON)


@pytest.mark.parametrize(
    "record",
    [
        a_safety_evaluation(1, model_sha256=OTHER),
        a_word(3, file=OTHER),
        trained(OTHER, 7, 7),
        a_safety_evaluation(1, suite="that no rule asks for"),
        an_evaluation(),
        a_safety_evaluation(50, language="ta-Taml"),
        a_lowering(0),
        a_lowering(0, file=OTHER),
    ],
)
def test_what_a_file_does_not_rest_on_makes_nothing_of_it_reckoned_anew(record: Record) -> None:
    book = a_book(*KNOWN)
    before = reckoned(book)

    assert reckoned(after(book, record)) is before


LOWERING = a_lowering(0)


@pytest.mark.parametrize(
    ("record", "tier"),
    [
        (a_safety_evaluation(50, made_at=NOON + timedelta(hours=1)), 3),
        (a_word(2), 2),
        (trained(DIGEST, 10**12, 10**14), 3),
    ],
)
def test_what_a_file_rests_on_makes_it_reckoned_anew(record: Record, tier: int) -> None:
    book = a_book(*KNOWN)
    before = reckoned(book)

    assert (before.tier, reckoned(after(book, record)).tier) == (1, tier)
    assert reckoned(book) is before


def test_what_a_file_was_made_from_is_what_it_rests_on() -> None:
    book = a_book(*KNOWN)
    before = reckoned(book, TUNED)

    assert reckoned(after(book, a_word(3, file=OTHER)), TUNED) is not before
    of_base = a_safety_evaluation(1, model_sha256=OTHER)
    assert reckoned(after(book, of_base), TUNED) is not before
    in_tamil = a_safety_evaluation(1, model_sha256=OTHER, language="ta-Taml")
    assert reckoned(after(book, in_tamil), TUNED) is before


def test_a_rule_that_names_languages_rests_on_evidence_in_each() -> None:
    both = a_rule().evidence[0].model_copy(update={"languages": ("en-Latn", "ta-Taml")})
    book = a_book(some_rules(a_rule(evidence=[both])), *KNOWN[1:])
    before = reckoned(book)

    assert reckoned(after(book, a_safety_evaluation(1, language="ja-Jpan"))) is before
    assert reckoned(after(book, a_safety_evaluation(1, language="ta-Taml"))) is not before


def test_a_confirmation_lowers_what_was_proposed_before() -> None:
    book = after(a_book(*KNOWN, a_word(3)), LOWERING)
    assert reckoned(book).tier == 3

    assert reckoned(after(book, confirmed(LOWERING))).tier == 0


def test_a_partner_that_is_set_apart_makes_all_be_reckoned_anew() -> None:
    book = a_book(*KNOWN)
    before = reckoned(book)
    fields = {"made_at": NOON, "partner": "jp", "standing": "suspended", "reason": "a test"}

    assert reckoned(after(book, PartnerStanding.model_validate(fields))) is not before


def test_what_changes_the_meaning_of_earlier_records_is_told() -> None:
    withdrawn = Withdrawal(made_at=NOON, record="1" * 32, reason="a test")

    assert changes_all(arrived([withdrawn]), "in")
    assert changes_all(arrived([RULES]), "in")
    assert not changes_all(arrived([("jp", RULES)]), "in")
    assert not changes_all(arrived([a_word(3), a_safety_evaluation(1)]), "in")


def test_evidence_that_was_taken_back_counts_no_more_and_a_word_that_raised_does() -> None:
    evidence, raised, was_set = a_safety_evaluation(1), a_word(2), a_word(1, act="set")

    def without(record: Record) -> Withdrawal:
        return Withdrawal(made_at=NOON, record=str(record.id), reason="a test")

    assert reckoned(a_book(*KNOWN[:-1], evidence)).tier == 1
    assert reckoned(a_book(*KNOWN[:-1], evidence, without(evidence))).tier == 3
    assert reckoned(a_book(*KNOWN, raised, without(raised))).tier == 2
    assert reckoned(a_book(was_set, without(was_set))).tier == 3


@given(
    st.permutations(
        [
            a_safety_evaluation(1),
            a_safety_evaluation(60, language="ta-Taml"),
            a_word(2, "cyber"),
            trained(),
            made(TUNED, "quantised", (DIGEST,)),
            a_safety_evaluation(1, model_sha256=TUNED),
            a_word(1, file=TUNED),
            a_partner(),
        ]
    ),
    st.integers(0, 8),
    st.sampled_from([DIGEST, TUNED, OTHER]),
    st.sampled_from(["hi-Deva", "ta-Taml"]),
)
def test_step_by_step_comes_to_the_same_as_all_at_once(
    records: list[Record], step: int, file: str, language: str
) -> None:
    everything = arrived([RULES, *records])
    book = book_of("in", everything[:1])
    for kept in everything[1:]:
        reckoned(book, file, language)
        book = learned(book, [kept])
        if kept.entry.position == step:
            reckoned(book, TUNED, language)

    whole = reckoned(book_of("in", everything), file, language)
    found = reckoned(book, file, language)
    assert (found.tier, found.is_known) == (whole.tier, whole.is_known)
    assert [(d.tier, d.state, d.records) for d in found.domains] == [
        (d.tier, d.state, d.records) for d in whole.domains
    ]
