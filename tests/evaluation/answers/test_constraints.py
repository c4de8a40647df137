"""What a program can check of an answer, alike in every language."""

import pytest

from corridor.evaluation.records.datasets import Constraint, Item
from corridor.evaluation.rules.answers import CHECKS, impossible, judge

KEPT = [
    ("contains", "चाय", "मुझे चाय पसंद है।", "hi-Deva"),
    ("contains", ("東京", "京都"), "東京と京都です。", "ja-Jpan"),
    ("excludes", "coffee", "I like tea.", "en-Latn"),
    ("starts", "வணக்கம்", "வணக்கம்! நலமா?", "ta-Taml"),
    ("ends", "ধন্যবাদ", "আসুন। ধন্যবাদ।", "bn-Beng"),
    ("one_of", ("हाँ", "नहीं"), "हां।", "hi-Deva"),
    ("order", ("एक", "दो", "तीन"), "एक, दो, तीन", "hi-Deva"),
    ("repeats", ("はい", "2"), "はい、はい。", "ja-Jpan"),
    ("lines", 2, "एक\n\nदो", "hi-Deva"),
    ("paragraphs", 2, "اول\n\nدوم", "ur-Arab"),
    ("bullets", 3, "- a\n* b\n• c", "en-Latn"),
    ("bullets", 3, "१. क\n२. ख\n३. ग", "hi-Deva"),
    ("bullets", 2, "・東京\n・京都", "ja-Jpan"),
    ("sentences", 2, "यह एक है। यह दो है।", "hi-Deva"),
    ("sentences", 2, "これは本です。それは犬です。", "ja-Jpan"),
    ("sentences", 2, "یہ ایک ہے۔ یہ دو ہے۔", "ur-Arab"),
    ("sentences", 1, "It costs 4.20 now.", "en-Latn"),
    ("sentences_at_most", 2, "ᱱᱚᱣᱟ ᱢᱤᱫ ᱠᱟᱱᱟ᱾", "sat-Olck"),
    ("letters_at_most", 2, "दिल्", "hi-Deva"),
    ("letters_at_least", 2, "東京", "ja-Jpan"),
    ("words_at_most", 3, "दिल्ली बड़ा शहर", "hi-Deva"),
    ("words_at_least", 2, "தமிழ் மொழி", "ta-Taml"),
    ("json", ("नाम",), '```json\n{"नाम": "अ"}\n```', "hi-Deva"),
    ("quoted", "", "「はい」", "ja-Jpan"),
    ("bracketed", "", "[मंगलवार]", "hi-Deva"),
    ("bracketed", "", "【火曜日】", "ja-Jpan"),
    ("no_commas", "", "はい。", "ja-Jpan"),
    ("no_digits", "", "दस", "hi-Deva"),
    ("digits", "Deva", "४२", "hi-Deva"),
    ("digits", "Latn", "42", "hi-Deva"),
    ("digits", "Arab", "۴۲", "ur-Arab"),
    ("number", "100000", "10万円です", "ja-Jpan"),
    ("script", "Taml", "தமிழ்", "ta-Taml"),
    ("language", "ja-Jpan", "これは本です。", "ja-Jpan"),
]
BROKEN = [
    ("contains", "चाय", "मुझे कॉफ़ी पसंद है।", "hi-Deva"),
    ("contains", ("東京", "京都"), "東京です。", "ja-Jpan"),
    ("excludes", "tea", "I like tea.", "en-Latn"),
    ("starts", "வணக்கம்", "நலமா? வணக்கம்!", "ta-Taml"),
    ("ends", "ধন্যবাদ", "ধন্যবাদ। আসুন।", "bn-Beng"),
    ("one_of", ("हाँ", "नहीं"), "शायद", "hi-Deva"),
    ("order", ("एक", "दो", "तीन"), "एक, तीन, दो", "hi-Deva"),
    ("repeats", ("はい", "3"), "はい、はい。", "ja-Jpan"),
    ("lines", 2, "एक", "hi-Deva"),
    ("paragraphs", 2, "اول\nدوم", "ur-Arab"),
    ("bullets", 3, "a, b, c", "en-Latn"),
    ("sentences", 2, "यह एक है", "hi-Deva"),
    ("sentences_at_most", 1, "これは本です。それは犬です。", "ja-Jpan"),
    ("letters_at_most", 1, "東京", "ja-Jpan"),
    ("letters_at_least", 3, "कि कि", "hi-Deva"),
    ("words_at_most", 2, "दिल्ली बड़ा शहर", "hi-Deva"),
    ("words_at_least", 3, "தமிழ் மொழி", "ta-Taml"),
    ("json", "", "{नाम: अ}", "hi-Deva"),
    ("json", "", "42", "en-Latn"),
    ("quoted", "", "「はい", "ja-Jpan"),
    ("bracketed", "", "मंगलवार", "hi-Deva"),
    ("bracketed", "", "[yes", "en-Latn"),
    ("bracketed", "", "[火曜日】", "ja-Jpan"),
    ("no_commas", "", "はい、そうです。", "ja-Jpan"),
    ("no_commas", "", "جی، ہاں", "ur-Arab"),
    ("no_digits", "", "१०", "hi-Deva"),
    ("digits", "Deva", "42", "hi-Deva"),
    ("digits", "Deva", "४2", "hi-Deva"),
    ("digits", "Latn", "४२", "hi-Deva"),
    ("digits", "Taml", "१२", "ta-Taml"),
    ("number", "42", "4.2", "en-Latn"),
    ("script", "Taml", "Tamil", "ta-Taml"),
    ("language", "ja-Jpan", "This is a book.", "ja-Jpan"),
]


def verdict(constraint: Constraint, answer: str, language: str) -> str:
    item = Item("i", language, "?", constraints=(constraint,))
    return judge(answer, item, "instruction").verdict


@pytest.mark.parametrize(("name", "value", "answer", "language"), KEPT)
def test_an_answer_that_keeps_a_constraint_is_right(
    name: str, value: str | int | tuple[str, ...], answer: str, language: str
) -> None:
    assert verdict(Constraint(name, value), answer, language) == "right"


@pytest.mark.parametrize(("name", "value", "answer", "language"), BROKEN)
def test_an_answer_that_breaks_a_constraint_is_not_right(
    name: str, value: str | int | tuple[str, ...], answer: str, language: str
) -> None:
    assert verdict(Constraint(name, value), answer, language) in ("wrong", "language")


def test_every_check_is_shown_both_ways() -> None:
    assert set(CHECKS) == {row[0] for row in KEPT} == {row[0] for row in BROKEN}


def test_the_share_that_was_kept_is_told_beside_all_or_nothing() -> None:
    both = (Constraint("sentences", 1), Constraint("contains", "चाय"))
    judged = judge("मुझे कॉफ़ी पसंद है।", Item("i", "hi-Deva", "?", constraints=both), "instruction")
    assert (judged.score, judged.partial, judged.verdict) == (0.0, 0.5, "wrong")


def test_a_refusal_to_follow_an_instruction_is_told_apart() -> None:
    assert verdict(Constraint("bullets", 3), "क्षमा करें, मैं यह नहीं कर सकता।", "hi-Deva") == "refusal"


@pytest.mark.parametrize(
    ("constraint", "language"),
    [
        (Constraint("capitals", 2), "en-Latn"),
        (Constraint("words_at_most", 5), "ja-Jpan"),
        (Constraint("lines", "two"), "en-Latn"),
        (Constraint("script", "Tamil"), "ta-Taml"),
    ],
)
def test_a_constraint_that_cannot_be_checked_is_refused_with_the_reason(
    constraint: Constraint, language: str
) -> None:
    assert impossible(constraint, language)
    with pytest.raises(ValueError, match=constraint.name):
        verdict(constraint, "x", language)


def test_an_instruction_without_a_constraint_is_a_defect_of_the_data() -> None:
    with pytest.raises(ValueError, match="no constraint"):
        judge("x", Item("i", "en-Latn", "?"), "instruction")
