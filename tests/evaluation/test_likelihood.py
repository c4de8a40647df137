"""What follows from likelihoods, on numbers worked out by hand."""

import math

import pytest

from corridor.evaluation.ports import Likelihood
from corridor.evaluation.rules.likelihood import (
    bits_per_byte,
    chosen,
    information_parity,
    scored,
    split,
    token_premium,
)
from corridor.evaluation.rules.prefixes import Scored


def likely(bits: float, tokens: int = 1) -> Likelihood:
    return Likelihood(-bits * math.log(2), tokens, greedy=False)


def test_the_likeliest_option_is_chosen_and_of_equal_ones_the_first() -> None:
    options = ["a", "bb", "cc"]

    assert chosen(options, [likely(3), likely(2), likely(4)]) == 1
    assert chosen(options, [likely(2), likely(2), likely(4)]) == 0


def test_a_long_option_is_not_at_a_disadvantage_when_its_length_is_counted() -> None:
    options = ["は", "東京です"]
    found = [likely(4, 1), likely(10, 4)]

    assert chosen(options, found) == 0
    assert chosen(options, found, "characters") == 1  # 4 and 2.5 bits a character
    assert chosen(options, found, "bytes") == 1
    assert chosen(options, found, "tokens") == 1


def test_bits_are_told_by_byte_so_that_a_script_with_more_of_them_is_not_flattered() -> None:
    assert bits_per_byte("abcd", likely(8)) == pytest.approx(2.0)
    assert bits_per_byte("தமிழ்", likely(30)) == pytest.approx(2.0)  # five characters of three bytes
    assert math.isnan(bits_per_byte("", likely(1)))


def test_parity_and_premium_compare_the_same_content_in_two_languages() -> None:
    english, tamil = [likely(10, 5), likely(20, 5)], [likely(20, 20), likely(40, 30)]

    assert information_parity(english, tamil) == pytest.approx(0.5)
    assert information_parity(english, english) == pytest.approx(1.0)
    assert token_premium(english, tamil) == pytest.approx(5.0)
    assert math.isnan(token_premium([], []))
    assert math.isnan(information_parity([], []))


def test_languages_with_different_numbers_of_texts_are_not_compared() -> None:
    with pytest.raises(ValueError, match="as many parts"):
        information_parity([likely(1)], [])
    with pytest.raises(ValueError, match="as many parts"):
        token_premium([likely(1)], [])


def test_spaces_between_context_and_continuation_belong_to_the_continuation() -> None:
    assert split("Answer: ", "Tokyo") == ("Answer:", " Tokyo")
    assert split("答え：", "東京") == ("答え：", "東京")


def test_a_continuation_is_what_follows_as_many_tokens_as_its_context_has_alone() -> None:
    def pieces(text: str) -> list[int]:
        return [len(word) for word in text.split()]

    assert scored("one three", " seven", pieces, 99) == Scored((3, 5, 5), 2)


def test_a_continuation_that_melts_into_its_context_is_scored_by_itself() -> None:
    def melting(text: str) -> list[int]:
        return [0, *([7] if text == "ab" else map(ord, text))]

    assert scored("a", "b", melting, 0) == Scored((0, 97, 98), 2)
    assert scored("a", "bc", melting, 0) == Scored((0, 97, 98, 99), 2)


def test_a_text_without_context_is_predicted_from_the_token_that_begins_texts() -> None:
    def plain(text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def marked(text: str) -> list[int]:
        return [1, *plain(text)]

    assert scored("", "ab", plain, 1) == Scored((1, 97, 98), 1)
    assert scored("", "ab", marked, 1) == Scored((1, 97, 98), 1)
