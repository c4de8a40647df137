"""How items are asked and scored."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.quiz import an_evaluation, question_in, the_suite

from corridor.evaluation import Z_95, Evaluation, wilson
from corridor.evaluation.records import Question
from corridor.evaluation.rules import is_right, normalised, outcomes_text, prompt_of


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 5000))
    return draw(st.integers(0, n)), n


def limits_by_the_quadratic(correct: int, n: int) -> tuple[float, float]:
    """Solve (p - x)^2 = z^2 x (1 - x) / n for x: how Wilson's limits are defined."""
    p, z2 = correct / n, Z_95**2
    a, b, c = 1 + z2 / n, -(2 * p + z2 / n), p * p
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


class TestWilson:
    @pytest.mark.parametrize(
        ("correct", "n", "low", "high"),
        [
            (24, 48, 0.3639, 0.6361),
            (5, 48, 0.0453, 0.2217),
            (0, 10, 0.0, 0.2775),
            (10, 10, 0.7225, 1.0),
            (1, 1, 0.2065, 1.0),
        ],
    )
    def test_the_limits_are_those_of_the_tables(
        self, correct: int, n: int, low: float, high: float
    ) -> None:
        found = wilson(correct, n)

        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)

    @given(counts())
    def test_the_limits_solve_the_equation_that_defines_them(self, drawn: tuple[int, int]) -> None:
        found = wilson(*drawn)

        assert (found.low, found.high) == pytest.approx(limits_by_the_quadratic(*drawn), abs=1e-9)

    @given(counts())
    def test_the_interval_holds_the_proportion_and_stays_within_0_and_1(
        self, drawn: tuple[int, int]
    ) -> None:
        found = wilson(*drawn)

        assert found.value == drawn[0] / drawn[1]
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high

    @given(counts(), st.integers(2, 10))
    def test_more_items_of_the_same_proportion_make_it_narrower(
        self, drawn: tuple[int, int], times: int
    ) -> None:
        few, many = wilson(*drawn), wilson(drawn[0] * times, drawn[1] * times)

        assert many.high - many.low < few.high - few.low

    @given(counts())
    def test_right_and_wrong_are_treated_alike(self, drawn: tuple[int, int]) -> None:
        correct, n = drawn
        right, wrong = wilson(correct, n), wilson(n - correct, n)

        assert (right.low, right.high) == pytest.approx((1 - wrong.high, 1 - wrong.low), abs=1e-9)


class TestNormalised:
    @pytest.mark.parametrize(
        ("text", "form"),
        [
            (" Paris.\n", "paris"),
            ("ＴＯＫＹＯ", "tokyo"),
            ("１２", "12"),
            ("㍿", "株式会社"),
            ("ﾄｳｷｮｳ", "トウキョウ"),
            ("100 ℃", "100 °c"),
            ("東京。", "東京"),
            ("「東京」！", "東京"),
            ("『パリ』です", "パリ』です"),
            ("टोक्यो।", "टोक्यो"),
            ("**Tokyo**", "tokyo"),
            ("\u200bTokyo\ufeff", "tokyo"),
            ("  New \t Delhi ", "new delhi"),
            ("The Nile", "nile"),
            ("an apple", "apple"),
            ("a", "a"),
            ("The", "the"),
            ("theory", "theory"),
            ("STRASSE", "strasse"),
            ("straße", "strasse"),
            ("\n\n 7 \nQuestion: what next?", "7"),
            ("7\r\n8", "7"),
            ("", ""),
            ("?!…", ""),
        ],
    )
    def test_an_answer_is_compared_in_this_form(self, text: str, form: str) -> None:
        assert normalised(text) == form

    def test_both_ways_to_write_a_nukta_are_the_same_answer(self) -> None:
        one_sign, with_a_nukta = (
            "\u0958\u093e\u0939\u093f\u0930\u093e",
            "\u0915\u093c\u093e\u0939\u093f\u0930\u093e",
        )

        assert one_sign != with_a_nukta
        assert normalised(one_sign) == normalised(with_a_nukta)

    def test_a_vowel_sign_at_the_end_of_a_word_is_part_of_it(self) -> None:
        assert normalised("दिल्ली") == "दिल्ली"
        assert normalised("हिन्द्") == "हिन्द्"

    @given(st.text())
    def test_doing_it_again_changes_nothing_but_articles(self, text: str) -> None:
        once = normalised(text)

        assert once == " ".join(once.split())
        if once.partition(" ")[0] not in {"a", "an", "the"}:
            assert normalised(once) == once

    @given(st.text(max_size=20), st.text())
    def test_only_the_first_line_that_says_something_counts(self, first: str, rest: str) -> None:
        line = f"x{''.join(first.splitlines())}"

        assert normalised(f"{line}\n{rest}") == normalised(line)


class TestIsRight:
    CAPITAL = Question(question="What is the capital of India?", answers=("New Delhi", "Delhi"))

    @pytest.mark.parametrize(
        "answer", [" New Delhi", "delhi.", "The DELHI!", "Delhi\nQuestion: no"]
    )
    def test_an_accepted_answer_is_right_however_it_is_written(self, answer: str) -> None:
        assert is_right(answer, self.CAPITAL)

    @pytest.mark.parametrize(
        "answer",
        ["It is Delhi", "Delhi is it", "Delhi, India", "Del", "Not Delhi", "", "\n", "..."],
    )
    def test_an_answer_that_only_contains_or_begins_an_accepted_one_is_wrong(
        self, answer: str
    ) -> None:
        assert not is_right(answer, self.CAPITAL)

    def test_an_empty_answer_is_never_right(self) -> None:
        assert not is_right("", Question(question="?", answers=("?!",)))

    @pytest.mark.parametrize("answer", ["8", "८", "आठ", "８"])
    def test_a_number_in_hindi_is_right_in_either_digits_and_as_a_word(self, answer: str) -> None:
        [item] = [item for item in the_suite().items if item.id == "legs-spider"]

        assert is_right(f" {answer}।", item.by_language["hi-Deva"])


def test_every_item_is_right_when_answered_with_any_accepted_answer() -> None:
    for item in the_suite().items:
        for question in item.by_language.values():
            assert all(is_right(f" {answer}\n", question) for answer in question.answers), item.id


@pytest.mark.parametrize("language", ["en-Latn", "hi-Deva", "ja-Jpan"])
def test_a_prompt_shows_two_answered_examples_and_ends_with_the_question(language: str) -> None:
    suite = the_suite()
    question = suite.items[0].by_language[language]

    prompt = prompt_of(suite, question, language)

    assert question_in(prompt) == question.question
    assert prompt.endswith(":")
    for shot in suite.shots[language]:
        assert prompt.count(shot.question) == 1
    assert len([line for line in prompt.splitlines() if line]) == 6


def test_outcomes_are_one_digit_an_item_in_order() -> None:
    assert outcomes_text([True, False, False, True]) == "1001"


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 47},
        {"correct": 25},
        {"outcomes": "0" * 48},
        {"score": wilson(25, 48)},
        {"score": {"value": 0.5, "low": 0.6, "high": 0.7}},
        {"outcomes": "2" * 48},
    ],
)
def test_evidence_whose_figures_contradict_each_other_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Evaluation.model_validate({**an_evaluation(24, 48).model_dump(), **wrong})
