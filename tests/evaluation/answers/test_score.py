"""Right answers count in every language, wrong ones in none."""

import pytest

from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.answers import Judged, judge

CITIES = ("Mumbai", "Delhi", "Kolkata", "Chennai")


def choice(
    answer: str, language: str, choices: tuple[str, ...] = CITIES, target: int = 1
) -> Judged:
    item = Item("i", language, "What is the capital of India?", choices=choices, target=target)
    return judge(answer, item, "choice")


def number(answer: str, language: str, target: str) -> Judged:
    return judge(answer, Item("i", language, "How many?", (target,)), "number")


def text(answer: str, language: str, target: str, question: str = "?") -> Judged:
    return judge(answer, Item("i", language, question, (target,)), "text")


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        ("B", "en-Latn"),
        ("B", "ks-Arab"),
        ("ANSWER: B", "en-Latn"),
        ("答え: B", "ja-Jpan"),
        ("回答：Ｂ", "ja-Jpan"),
        ("उत्तर: B", "hi-Deva"),
        ("பதில்: C\nவிடை: B", "ta-Taml"),
        ("விடை: B", "ta-Taml"),
        ("Bです。", "ja-Jpan"),
        ("答えはBです", "ja-Jpan"),
        ("Bが正解です。", "ja-Jpan"),
        ("B सही उत्तर है।", "hi-Deva"),
        ("B is the correct answer.", "en-Latn"),
        ("The answer is (B) because C is not.", "en-Latn"),
        ("उत्तरः बी", "hi-Deva"),
        ("B. Delhi", "en-Latn"),
        ("**B)** Delhi", "en-Latn"),
        ("Delhi.", "en-Latn"),
        ("<think>A? No.</think>\nB", "en-Latn"),
        ("Answer: A. No, wait. Answer: B", "en-Latn"),
    ],
)
def test_a_letter_is_read_with_the_cue_of_its_language_or_without(
    answer: str, language: str
) -> None:
    assert (choice(answer, language).verdict, choice(answer, language).extracted) == ("right", "B")


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        ("उत्तर B नहीं है", "hi-Deva"),
        ("The answer is not B.", "en-Latn"),
        ("Bではありません。", "ja-Jpan"),
        ("A, B, C, D", "en-Latn"),
        ("A) Mumbai\nB) Delhi\nC) Kolkata\nD) Chennai", "en-Latn"),
        ("Answer: A or B", "en-Latn"),
        ("उत्तर: A या B", "hi-Deva"),
        ("I like dogs.", "en-Latn"),
        ("The answer is a dog.", "en-Latn"),
        ("2", "en-Latn"),
    ],
)
def test_what_takes_no_single_choice_is_counted_as_format(answer: str, language: str) -> None:
    assert choice(answer, language).verdict == "format"


def test_a_choice_that_is_a_direction_is_not_taken_for_the_word_answer() -> None:
    choices = ("उत्तर", "दक्षिण", "पूर्व", "पश्चिम")
    assert choice("उत्तर", "hi-Deva", choices, 0).verdict == "right"


@pytest.mark.parametrize(
    ("answer", "language", "target"),
    [
        ("答えは４２です。", "ja-Jpan", "42"),
        ("उत्तर ४२।", "hi-Deva", "42"),
        ("10万", "ja-Jpan", "100000"),
        ("1億2000万", "ja-Jpan", "120000000"),
        ("四十二個", "ja-Jpan", "42"),
        ("1,23,456", "hi-Deva", "123456"),
        ("२ करोड़ ५० लाख", "hi-Deva", "25000000"),
        ("۱۲٬۳۴۵", "ur-Arab", "12345"),
        ("−5", "en-Latn", "-5"),
        ("10⁸", "en-Latn", "100000000"),
        ("3½", "en-Latn", "3.5"),
        ("Rs.42", "en-Latn", "42"),
        ("Answer: 6 × 7 = 42", "en-Latn", "42"),
    ],
)
def test_a_number_is_read_as_people_write_it(answer: str, language: str, target: str) -> None:
    assert number(answer, language, target).verdict == "right"


@pytest.mark.parametrize(
    ("answer", "language", "target", "verdict"),
    [
        ("43", "hi-Deva", "42", "wrong"),
        ("4.2", "en-Latn", "42", "wrong"),
        ("-5", "en-Latn", "5", "wrong"),
        ("10⁸", "en-Latn", "108", "wrong"),
        ("42 km", "en-Latn", "42 m", "wrong"),
        ("41 or 42", "en-Latn", "42", "format"),
        ("40-42", "en-Latn", "42", "format"),
        ("The answer is not 42", "en-Latn", "42", "format"),
        ("42 नहीं", "hi-Deva", "42", "format"),
        ("42ではありません", "ja-Jpan", "42", "format"),
    ],
)
def test_another_number_stays_wrong(answer: str, language: str, target: str, verdict: str) -> None:
    assert number(answer, language, target).verdict == verdict


@pytest.mark.parametrize(
    ("answer", "language", "target"),
    [
        ("Tokyo.", "en-Latn", "Tokyo"),
        ("東京。", "ja-Jpan", "東京"),
        ("「東京」", "ja-Jpan", "東京"),
        ("दिल्ली।", "hi-Deva", "दिल्ली"),
        ("لاہور۔", "ur-Arab", "لاہور"),
        ("ﾄｳｷｮｳ", "ja-Jpan", "トウキョウ"),
        ("か\u3099っこう", "ja-Jpan", "がっこう"),
        ("क\u093cाहिरा", "hi-Deva", "\u0958ाहिरा"),
        ("काहिरा", "hi-Deva", "क़ाहिरा"),
        ("த\u0bc6\u0bbeழில்", "ta-Taml", "த\u0bcaழில்"),
        ("ক\u09c7\u09beলকাতা", "bn-Beng", "ক\u09cbলকাতা"),
        ("10万", "ja-Jpan", "100000"),
        ("उत्तर प्रदेश", "hi-Deva", "उत्तर प्रदेश"),
    ],
)
def test_a_text_counts_however_its_letters_are_encoded(
    answer: str, language: str, target: str
) -> None:
    assert text(answer, language, target).verdict == "right"


@pytest.mark.parametrize(
    ("question", "answer", "target", "language"),
    [
        ("What is the capital of Japan?", "The capital of Japan is Tokyo.", "Tokyo", "en-Latn"),
        ("日本の首都はどこですか？", "日本の首都は東京です。", "東京", "ja-Jpan"),
        ("भारत की राजधानी क्या है?", "भारत की राजधानी दिल्ली है।", "दिल्ली", "hi-Deva"),
    ],
)
def test_a_sentence_that_only_repeats_the_question_is_its_answer(
    question: str, answer: str, target: str, language: str
) -> None:
    assert text(answer, language, target, question).score == 1.0


def test_a_sentence_with_a_negation_is_not_the_answer() -> None:
    said = "The capital of Japan is not Tokyo."
    assert text(said, "en-Latn", "Tokyo", "What is the capital of Japan?").verdict == "wrong"


def test_an_answer_in_another_script_is_counted_apart() -> None:
    assert text("Delhi", "hi-Deva", "दिल्ली").verdict == "language"


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        ("I'm sorry, but I can't help with that.", "hi-Deva"),
        ("申し訳ありませんが、お答えできません。", "ja-Jpan"),
        ("मुझे माफ़ करें, मैं उत्तर नहीं दे सकता।", "hi-Deva"),
        ("மன்னிக்கவும், என்னால் முடியாது.", "ta-Taml"),
    ],
)
def test_a_refusal_is_told_from_a_wrong_answer(answer: str, language: str) -> None:
    assert choice(answer, language).verdict == "refusal"
    assert text(answer, language, "x").verdict == "refusal"
    assert number(answer, language, "42").verdict == "refusal"


@pytest.mark.parametrize("answer", ["", " \n", "。", "\u200b\u200d", "<think>It is 42"])
def test_nothing_is_counted_as_empty(answer: str) -> None:
    assert number(answer, "ja-Jpan", "42").verdict == "empty"


def test_items_measured_by_likelihood_are_not_judged() -> None:
    with pytest.raises(ValueError, match="likelihood"):
        judge("x", Item("i", "en-Latn", "?"), "parallel")
