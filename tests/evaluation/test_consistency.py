"""The same items in all languages: agreement, kappa and entropy."""

import pytest
from support.sampled import a_sample, samples_of

from corridor.evaluation.rules.statistics.consistency import consistency


def test_answers_that_are_always_alike_agree_in_everything() -> None:
    found = consistency(samples_of({"en": [1, 0, 1, 0], "ta": [1, 0, 1, 0], "ja": [1, 0, 1, 0]}))

    assert (found.n, found.agreement, found.kappa, found.entropy) == (4, 1, 1, 0)
    assert found.same is not None
    assert found.same.value == 1
    assert (found.right_everywhere, found.right_nowhere) == (2, 2)
    assert found.pairs == {("en", "ta"): 1, ("en", "ja"): 1, ("ta", "ja"): 1}


def test_two_languages_that_never_agree() -> None:
    found = consistency(samples_of({"en": [1, 0, 1, 0], "ta": [0, 1, 0, 1]}))

    assert (found.agreement, found.kappa, found.entropy) == (0, -1, 1)
    assert (found.right_everywhere, found.right_nowhere) == (0, 0)


def test_kappa_is_that_of_the_formula() -> None:
    # Items with 3, 2 and 1 of 3 right: agreement (1 + 1/3 + 1/3) / 3, by chance (6/9)^2 + (3/9)^2.
    found = consistency(samples_of({"en": [1, 1, 1], "ta": [1, 1, 0], "ja": [1, 0, 0]}))

    seen, chance = 5 / 9, 5 / 9
    assert found.agreement == pytest.approx(seen)
    assert found.kappa == pytest.approx((seen - chance) / (1 - chance))
    assert found.entropy == pytest.approx(2 / 3 * 0.9182958)


def test_a_refusal_and_a_wrong_answer_are_not_the_same() -> None:
    samples = [a_sample("1", "en", 0), a_sample("1", "ta", 0, verdict="refusal")]

    assert consistency(samples).agreement == 0


def test_only_items_that_all_languages_have_count() -> None:
    samples = [
        *samples_of({"en": [1, 1, 0], "ta": [1, 1]}),
        a_sample("2", "ta", 0, verdict="failed"),
    ]

    found = consistency(samples)
    assert (found.n, found.right_nowhere) == (2, 0)
    assert consistency(samples, ["en"]).n == 3


def test_one_verdict_for_all_leaves_kappa_unknown() -> None:
    assert consistency(samples_of({"en": [1, 1], "ta": [1, 1]})).kappa is None


def test_without_common_items_nothing_is_said() -> None:
    found = consistency([a_sample("1", "en", 1), a_sample("2", "ta", 1)])

    assert (found.n, found.same, found.agreement, found.entropy) == (0, None, None, None)
    assert found.pairs == {}
