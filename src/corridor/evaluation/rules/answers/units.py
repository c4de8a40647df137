"""Quantities: a number with its unit, by the unit's names in each language.

A unit is compared, never converted: 1 km and 1000 m are two answers, and so are 5 km and 5 kg.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from corridor.evaluation.rules.answers.normal import clean, trimmed
from corridor.evaluation.rules.answers.numerals import numbers
from corridor.evaluation.rules.answers.reading import LETTERS
from corridor.evaluation.rules.answers.words import UNITS


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, and its unit or none."""

    value: Fraction
    unit: str = ""


def quantity(text: str, language: str) -> Quantity | None:
    """Return what a clean text measures if it is one number with a known unit or none, else None."""
    text = trimmed(text)
    found = numbers(text, language)
    if len(found) != 1:
        return None
    beside = f"{text[: found[0].start]} {text[found[0].end :]}".strip()
    unit = _names().get(" ".join(beside.casefold().split()).rstrip("."), None) if beside else ""
    money = _money().search(text, found[0].start, found[0].end)
    if money and unit == "":
        unit = _names()[money[0].casefold().rstrip(".")]
    return None if unit is None else Quantity(found[0].value, unit)


def unit_after(text: str, end: int) -> str:
    """Return the known unit right after a place in a clean text, or an empty text."""
    found = _unit().match(text, end)
    return _names()[" ".join(found[1].casefold().split()).rstrip(".")] if found else ""


@cache
def _names() -> dict[str, str]:
    return {
        clean(name).casefold().rstrip("."): unit for unit, names in UNITS.items() for name in names
    }


@cache
def _money() -> re.Pattern[str]:
    signs = [name for unit in ("INR", "JPY", "USD") for name in UNITS[unit] if not name.isalpha()]
    return re.compile(
        "|".join(map(re.escape, (*signs, "inr", "jpy", "usd", "rs", "रु", "रू"))), re.IGNORECASE
    )


@cache
def _unit() -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in sorted(_names(), key=len, reverse=True))
    return re.compile(rf"\s*({names})\.?(?![{LETTERS}])", re.IGNORECASE)
