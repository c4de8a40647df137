"""How near two texts are, in characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.answers import character_f1, chrf, judge
from corridor.evaluation.rules.answers.overlap import common_subsequence

PAIRS = [
    ("The cat sat on the mat.", "A cat sat on a mat."),
    ("日本はアジアにあります。", "日本はアジアの国です。"),
    ("जापान एशिया में है।", "जापान एशिया का एक देश है।"),
    ("ஜப்பான் ஆசியாவில் உள்ளது.", "ஜப்பான் ஆசியாவில் ஒரு நாடு."),
    ("جاپان ایشیا میں ہے۔", "جاپان ایک ملک ہے۔"),
    ("ab", "xyz"),
    ("a", "a b c d e f g h"),
]


@pytest.mark.parametrize(("said", "wanted"), PAIRS)
def test_chrf_is_that_of_sacrebleu_where_texts_are_composed(said: str, wanted: str) -> None:
    metrics = pytest.importorskip("sacrebleu.metrics", reason="needs the extra evaluation")
    theirs = metrics.CHRF(word_order=0).sentence_score(said, [wanted]).score / 100
    assert chrf(said, [wanted]) == pytest.approx(theirs, abs=1e-9)


def test_a_japanese_paraphrase_is_as_near_as_its_english_one_though_it_has_no_spaces() -> None:
    english = character_f1("in the capital, Tokyo", ["the capital Tokyo"], "en-Latn")
    japanese = character_f1("首都の東京で", ["首都の東京"], "ja-Jpan")
    assert english >= 0.8
    assert japanese >= 0.8


def test_the_best_of_several_references_counts() -> None:
    assert chrf("東京", ["大阪", "東京"]) == 1.0
    assert character_f1("東京", ["大阪", "東京"], "ja-Jpan") == 1.0


def test_a_translation_in_another_encoding_is_a_full_one() -> None:
    item = Item("i", "en-Latn", "", ("\u0958लम",), target_language="hi-Deva")
    assert judge("क\u093cलम", item, "translation").score == 1.0


def test_a_text_that_was_not_translated_is_counted_as_the_wrong_language() -> None:
    item = Item("i", "hi-Deva", "", ("पाणी",), context="पानी ठंडा है।", target_language="mr-Deva")
    assert judge("पानी ठंडा है।", item, "translation").verdict == "language"


@given(st.text("abあ", max_size=8), st.text("abあ", max_size=8))
def test_the_common_subsequence_is_that_of_the_textbook(first: str, second: str) -> None:
    row = [0] * (len(second) + 1)
    for letter in first:
        before = row[:]
        for at, other in enumerate(second):
            row[at + 1] = before[at] + 1 if letter == other else max(before[at + 1], row[at])
    assert common_subsequence(first, second) == row[-1]


@given(st.text(max_size=12), st.text(max_size=12))
def test_nearness_is_from_0_to_1_and_the_same_both_ways_for_f1(first: str, second: str) -> None:
    assert 0 <= chrf(first, [second]) <= 1
    assert character_f1(first, [second], "hi-Deva") == character_f1(second, [first], "hi-Deva")
