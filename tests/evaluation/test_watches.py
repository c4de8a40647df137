"""A question that is watched while samples come in."""

import random

import pytest
from support.sampled import a_sample, samples_of

from corridor.core.errors import Invalid
from corridor.evaluation.rules.statistics.sequential import Question, watch

ITEMS = [str(i) for i in range(100)]
ENGLISH = samples_of({"en": [1.0] * 80 + [0.0] * 20})
TAMIL = samples_of({"ta": [1.0] * 40 + [0.0] * 60})
GAP = Question("under", 0.05)


def test_a_large_gap_is_settled_before_all_items_are_asked() -> None:
    watched = watch(ITEMS, GAP, 1, against=ENGLISH)
    by_item = {sample.item: sample for sample in TAMIL}
    coming = [by_item[item] for item in watched.plan.items]

    looks = [watched.look(coming[:n]) for n in range(len(coming) + 1)]

    first = next(look for look in looks if look.answer != "open")
    assert first.answer == "no"
    assert first.asked < 60
    assert first.at_least >= 0.05
    assert looks[-1] == first


def test_it_does_not_matter_in_which_order_samples_come() -> None:
    watched = watch(ITEMS, GAP, 1, against=ENGLISH)
    shuffled = random.Random(3).sample(TAMIL, len(TAMIL))  # noqa: S311  no secret

    assert watched.look(shuffled) == watched.look(TAMIL)


def test_an_item_that_is_missing_holds_up_what_comes_after_it() -> None:
    watched = watch(ITEMS, GAP, 1, against=ENGLISH)
    missing = watched.plan.items[5]
    rest = [sample for sample in TAMIL if sample.item != missing]
    failed = a_sample(missing, "ta", 0.0, verdict="failed")

    assert watched.look(rest).asked == 5
    assert watched.look([*rest, failed]).asked == 5
    assert watched.look([*rest, failed, a_sample(missing, "ta", 1.0, repeat=1)]).asked > 5


def test_items_that_were_not_answered_in_english_are_not_asked() -> None:
    watched = watch(ITEMS, GAP, 1, against=ENGLISH[10:])

    assert set(watched.plan.items) == set(ITEMS[10:])


def test_a_model_is_better_than_another_where_that_is_under_it() -> None:
    other = samples_of({"ta": [1.0] * 10 + [0.0] * 90})
    watched = watch(ITEMS, Question("under", 0.0), 1, against=other)

    assert watched.look(TAMIL).answer == "yes"
    assert watch(ITEMS, Question("under", 0.0), 1, against=TAMIL).look(other).answer == "no"


def test_without_anything_to_compare_with_it_is_of_the_score() -> None:
    at_least = watch(ITEMS, Question("at least", 0.6), 1)

    assert at_least.look(samples_of({"ta": [1.0] * 90 + [0.0] * 10})).answer == "yes"
    assert at_least.look(TAMIL).answer == "no"


def test_earlier_models_are_taken_for_a_guess_also_where_they_lack_items() -> None:
    earlier = samples_of({"ta": [1.0] * 40 + [0.0] * 50})
    guessed, plain = (
        watch(ITEMS, GAP, 1, against=ENGLISH, earlier=models).look(TAMIL)
        for models in (earlier, [])
    )

    assert guessed.answer == plain.answer == "no"
    assert guessed.asked < plain.asked


def test_nothing_to_ask_is_refused() -> None:
    with pytest.raises(Invalid, match="no item"):
        watch(["x"], GAP, 1, against=ENGLISH)
