"""Numbers as people write them in each language, exactly.

Digits of any script, grouped in threes or the Indian way (12,34,567), with decimals, fractions, exponents;
with lakh, crore, 万, 億 and the like of the language at hand; Japanese numerals. Nothing is rounded.
Spelt-out numbers (forty-two) are read in no language.
"""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from corridor.evaluation.rules.answers import kanji
from corridor.evaluation.rules.answers.reading import patterns

PLAIN = r"(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d+)(?:\.\d+)?|(?<![A-Za-z\d])\.\d+"
"""12, 1,234,567 and 12,34,567, each with decimals or without, or .5; anything else with commas is a list."""
ENDED = rf"(?:{PLAIN})(?![.,]?\d)"
START = r"(?<![0-9])(?<![0-9][.,/])(?<![A-Za-z_^])"
CURRENCY = r"(?:₹|\$|€|£|¥|৳|(?:Rs|INR|USD|JPY|रु|रू)(?![A-Za-z])\.?)"
MOST_DIGITS = 400
"""Longer runs of digits are no numbers that anyone asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """A number in a text."""

    value: Fraction
    start: int
    end: int
    closed: bool = True
    """Whether no multiplier followed, so that a smaller part cannot be added."""


def numbers(text: str, language: str) -> list[Found]:
    """Return the numbers of a clean text in their order.

    Japanese numerals count only where there is no digit: they are parts of words, too.
    """
    parts: list[Found] = []
    for match in _number(language).finditer(text):
        found = _read(match, language)
        if found is None:
            continue
        last = parts[-1] if parts else None
        if last and _goes_on(last, found, text):
            sign = -1 if last.value < 0 else 1
            parts[-1] = Found(last.value + sign * found.value, last.start, found.end, found.closed)
        else:
            parts.append(found)
    if parts or language.partition("-")[0] != "ja":
        return parts
    return [Found(Fraction(value), start, end) for value, start, end in kanji.numbers(text)]


def number(text: str, language: str) -> Fraction | None:
    """Return the only number of a clean text, or None."""
    found = numbers(text, language)
    return found[0].value if len(found) == 1 else None


@cache
def _number(language: str) -> re.Pattern[str]:
    words = patterns(language)
    signs = rf"(?P<minus>(?<![\w)\]])(?:[-–](?={CURRENCY}|[\d.])|−\s?)|{words.minus}\s*)?"
    return re.compile(
        rf"{signs}{START}(?:{CURRENCY}\s*(?P<late>[-−])?)?"
        rf"(?:10\^(?P<ten>[-+]?\d{{1,3}})(?!\d)|(?:(?P<whole>\d+)\s+(?=\d+/\d))?(?P<number>{ENDED})"
        rf"(?:\s*/\s*(?P<below>{ENDED}))?(?!/\d)"
        rf"(?:(?:e|\s*[×x*]\s*10\^)(?P<power>[-+]?\d{{1,3}})(?!\d))?(?!\^)"
        rf"(?P<scales>(?:\s?{words.scale})*))",
        re.IGNORECASE,
    )


def _read(match: re.Match[str], language: str) -> Found | None:
    if len(match[0]) > MOST_DIGITS:
        return None
    if match["ten"]:
        power = Fraction(10) ** int(match["ten"])
        return Found(-power if match["minus"] else power, match.start(), match.end())
    value = _plain(match["number"])
    if match["below"]:
        below = _plain(match["below"])
        if below == 0:
            return None
        value /= below
    if match["whole"]:
        value += int(match["whole"])
    if match["power"]:
        value *= Fraction(10) ** int(match["power"])
    scale = _scale(match["scales"], language)
    sign = -1 if match["minus"] or match["late"] else 1
    return Found(sign * value * scale, match.start(), match.end(), scale == 1)


def _plain(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "") if digits[0] != "." else f"0{digits}")


def _scale(words: str, language: str) -> int:
    if not words:
        return 1
    scales = patterns(language).scales
    return math.prod(
        scales[" ".join(word.casefold().split())] for word in _multiplier(language).findall(words)
    )


@cache
def _multiplier(language: str) -> re.Pattern[str]:
    return re.compile(patterns(language).scale, re.IGNORECASE)


def _goes_on(last: Found, found: Found, text: str) -> bool:
    """Tell whether two are one number: 1 lakh 20 thousand, 1億2000万, each part smaller than the unit before."""
    between = text[last.end : found.start]
    return not last.closed and not between.strip() and 0 <= found.value < _unit(last.value)


def _unit(value: Fraction) -> int:
    """Return the largest power of ten that divides a whole number, 1 for others."""
    size, power = abs(value), 1
    while size.denominator == 1 and size and size % (power * 10) == 0:
        power *= 10
    return power
