"""Two models on the same items: which is better, in which language."""

from dataclasses import replace

import numpy as np
import pytest
from support.sampled import samples_of

from corridor.core.errors import Invalid
from corridor.evaluation.records import Sample
from corridor.evaluation.rules.models import compare


def drawn(share: float, n: int, seed: int) -> list[float]:
    return [float(each) for each in np.random.default_rng(seed).random(n) < share]


def test_the_better_model_is_found_in_its_language_and_nothing_is_found_where_both_are_equal() -> (
    None
):
    alike = drawn(0.6, 400, 1)
    first = samples_of({"en": alike, "hi": drawn(0.7, 400, 2), "ta": drawn(0.3, 400, 3)})
    second = samples_of({"en": alike, "hi": drawn(0.4, 400, 4), "ta": drawn(0.5, 400, 5)})

    found = compare(first, second).languages

    assert {tag: each.finding for tag, each in found.items()} == {
        "en": "equal",
        "hi": "first",
        "ta": "second",
    }
    hindi = found["hi"]
    assert hindi.value.value == pytest.approx(hindi.first - hindi.second)
    assert hindi.value.low < hindi.value.value < hindi.value.high


def test_items_are_paired_by_name_in_whatever_order_they_come() -> None:
    column = drawn(0.5, 100, 7)
    first = samples_of({"en": column})
    second = list(reversed(samples_of({"en": column})))

    found = compare(first, second).languages["en"]

    assert (found.n, found.value.value) == (100, 0.0)


def test_items_that_only_one_has_count_for_neither() -> None:
    first = samples_of({"en": drawn(0.5, 100, 8)})
    found = compare(first, first[:60]).languages["en"]

    assert found.n == 60


def test_what_cannot_be_compared_is_named() -> None:
    column = drawn(0.5, 100, 9)
    first = samples_of({"en": column, "hi": column, "ta": column[:10]})
    second: list[Sample] = [
        replace(each, data_sha256="e" * 64) if each.language == "hi" else each
        for each in samples_of({"en": column, "hi": column, "ta": column[:10], "ja": column})
    ]

    found = compare(first, second)

    assert list(found.languages) == ["en"]
    assert found.left_out == {
        "hi": "they were asked different data",
        "ta": "too few items that both answered",
        "ja": "only one of them has evidence in it",
    }


def test_nothing_is_no_model() -> None:
    with pytest.raises(Invalid):
        compare([], samples_of({"en": [1.0] * 50}))
