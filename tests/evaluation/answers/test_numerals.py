"""Numbers as people write them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.evaluation.rules.answers.kanji import value_of
from corridor.evaluation.rules.answers.normal import clean
from corridor.evaluation.rules.answers.numerals import number, numbers
from corridor.evaluation.rules.answers.scripts import ZEROS
from corridor.evaluation.rules.answers.units import quantity
from corridor.evaluation.rules.answers.words import LEXICONS

WRITTEN = [
    ("en-Latn", "1,234,567", 1234567),
    ("en-Latn", "12,34,567", 1234567),
    ("en-Latn", "2 lakh 50 thousand", 250000),
    ("en-Latn", "1.5 million", 1500000),
    ("en-Latn", "3 × 10⁸", 300000000),
    ("en-Latn", "1e3", 1000),
    ("en-Latn", "1\u00a0234\u00a0567", 1234567),
    ("en-Latn", "₹1,00,000", 100000),
    ("en-Latn", "minus 5", -5),
    ("ja-Jpan", "１２，３４５", 12345),
    ("ja-Jpan", "3千5百", 3500),
    ("ja-Jpan", "1億2345万6789", 123456789),
    ("ja-Jpan", "四千五百", 4500),
    ("ja-Jpan", "二〇二六", 2026),
    ("ja-Jpan", "マイナス5", -5),
    ("hi-Deva", "२ करोड़ ५० लाख", 25000000),
    ("hi-Deva", "2 लाख करोड़", 2 * 10**12),
    ("mr-Deva", "३ कोटी", 30000000),
    ("ne-Deva", "५ हजार", 5000),
    ("bn-Beng", "৩ কোটি ৫ লক্ষ", 30500000),
    ("as-Beng", "৫ হাজাৰ", 5000),
    ("gu-Gujr", "૨ કરોડ", 20000000),
    ("pa-Guru", "੫ ਹਜ਼ਾਰ", 5000),
    ("or-Orya", "୩ ଲକ୍ଷ", 300000),
    ("ta-Taml", "2 கோடி 30 லட்சம்", 23000000),
    ("te-Telu", "5 లక్షలు", 500000),
    ("kn-Knda", "2 ಕೋಟಿ", 20000000),
    ("ml-Mlym", "3 ലക്ഷം", 300000),
    ("ur-Arab", "۵ کروڑ", 50000000),
    ("ur-Arab", "۱٬۲۳٬۴۵۶٫۵", Fraction("123456.5")),
    ("sd-Arab", "۵ لک", 500000),
    ("ks-Arab", "۵ لچھ", 500000),
    ("sat-Olck", "᱕ ᱦᱟᱡᱟᱨ", 5000),
    ("mni-Mtei", "꯵ ꯂꯥꯈ", 500000),
    ("hi-Latn", "5 hazaar", 5000),
]
NO_NUMBER = ["1,23", "1.2.3", "12/05/2026", "H2O", "x^2", "²", "abc", "1,2,3", "１，２３"]
MEASURED = [
    ("hi-Deva", "५ किमी", "km"),
    ("ja-Jpan", "5キロメートル", "km"),
    ("ta-Taml", "5 கிமீ", "km"),
    ("ur-Arab", "۵ کلومیٹر", "km"),
    ("bn-Beng", "৫ কিমি", "km"),
    ("en-Latn", "5 km", "km"),
    ("en-Latn", "₹5", "INR"),
    ("ja-Jpan", "5円", "JPY"),
    ("hi-Deva", "5%", "%"),
]


@pytest.mark.parametrize(("language", "text", "value"), WRITTEN)
def test_a_number_is_read_in_each_language(language: str, text: str, value: int) -> None:
    assert number(clean(text), language) == value


@pytest.mark.parametrize("text", NO_NUMBER)
def test_what_is_no_single_number_is_read_as_none(text: str) -> None:
    assert number(clean(text), "en-Latn") is None


@pytest.mark.parametrize(("language", "text", "unit"), MEASURED)
def test_a_unit_has_its_name_in_each_language(language: str, text: str, unit: str) -> None:
    measured = quantity(clean(text), language)
    assert measured is not None
    assert (measured.value, measured.unit) == (5, unit)


def test_a_number_with_words_beside_it_is_no_quantity() -> None:
    assert quantity("5 apples", "en-Latn") is None


@given(
    value=st.integers(0, 10**12),
    zero=st.sampled_from(sorted(ZEROS.values())),
    language=st.sampled_from(sorted(LEXICONS)),
    indian=st.booleans(),
)
def test_any_number_is_read_in_any_digits_grouped_either_way(
    value: int, zero: int, language: str, indian: bool
) -> None:
    digits = str(value)
    head, tail = digits[:-3], digits[-3:]
    step = 2 if indian else 3
    parts = [head[max(0, end - step) : end] for end in range(len(head), 0, -step)][::-1]
    grouped = ",".join([*parts, tail])
    written = "".join(chr(zero + int(each)) if each.isdigit() else each for each in grouped)
    assert number(clean(written), language) == value


@given(value=st.integers(0, 10**7), language=st.sampled_from(["en-Latn", "hi-Deva", "ja-Jpan"]))
def test_a_sign_and_a_decimal_point_make_another_number(value: int, language: str) -> None:
    assert number(f"-{value}", language) == -value
    assert number(f"{value}.5", language) == value + Fraction(1, 2)


@given(value=st.integers(0, 9999))
def test_a_number_by_position_in_kanji_is_the_number(value: int) -> None:
    assert value_of("".join("〇一二三四五六七八九"[int(each)] for each in str(value))) == value


@given(text=st.text("0123456789,.-/^eE×万億千十二 lakh", max_size=20))
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    for language in ("en-Latn", "ja-Jpan"):
        for found in numbers(clean(text), language):
            assert 0 <= found.start < found.end
