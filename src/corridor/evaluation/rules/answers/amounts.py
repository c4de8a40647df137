"""Which number an answer gives, and whether it is the right one.

The first number after the last clear cue, or after the last equals sign behind it; without a cue the last
number of the answer. A number that is denied is none, and neither is one of several that stand side by
side (`41 or 42`, `40-45`). Numbers are equal exactly: 4.2 is not 42, and -5 is not 5. A unit is compared
where both have one that is known.
"""

import re
from collections.abc import Sequence
from functools import cache

from corridor.evaluation.rules.answers.cues import cued
from corridor.evaluation.rules.answers.denials import denied
from corridor.evaluation.rules.answers.normal import clean
from corridor.evaluation.rules.answers.numerals import Found, numbers
from corridor.evaluation.rules.answers.reading import MARKUP, patterns
from corridor.evaluation.rules.answers.units import unit_after

EQUALS = re.compile("[=≈]")


def cued_amount(answer: str, language: str) -> tuple[Found, str] | None:
    """Return the number that a clean answer gives after a cue, with the text in which it stands."""
    for each in reversed(cued(answer, language)):
        text = EQUALS.split(each.rest)[-1]
        found = numbers(text, language)
        if not found or (not each.parted and not _at_once(text, found[0], language)):
            continue
        if not denied(text, found[0].start, found[0].end, language):
            return None if _beside(text, found, 0, language) else (found[0], text)
    return None


def last_amount(answer: str, language: str) -> tuple[Found, str] | None:
    """Return the last number of a clean answer, with the text in which it stands."""
    found = numbers(answer, language)
    for place in range(len(found) - 1, -1, -1):
        if not denied(answer, found[place].start, found[place].end, language):
            return None if _beside(answer, found, place, language) else (found[place], answer)
    return None


def is_amount(given: tuple[Found, str], targets: Sequence[str], language: str) -> bool:
    """Tell whether a number, in the text in which it stands, is one of those accepted."""
    found, text = given
    unit = unit_after(text, found.end)
    for target in map(clean, targets):
        wanted = numbers(target, language)
        if len(wanted) == 1 and wanted[0].value == found.value:
            asked = unit_after(target, wanted[0].end)
            if not asked or not unit or asked == unit:
                return True
    return False


def _at_once(text: str, found: Found, language: str) -> bool:
    return _nothing(language).fullmatch(text, 0, found.start) is not None


@cache
def _nothing(language: str) -> re.Pattern[str]:
    return re.compile(f"(?:{MARKUP}|{patterns(language).gap}|[₹$€£¥.])*", re.IGNORECASE)


def _beside(text: str, found: Sequence[Found], place: int, language: str) -> bool:
    """Tell whether another number is joined to the one at a place."""
    near = [each for each in (place - 1, place + 1) if 0 <= each < len(found)]
    for other in near:
        first, second = sorted((place, other))
        between = text[found[first].end : found[second].start]
        if found[other].value != found[place].value and _joins(language).fullmatch(between):
            return True
    return False


@cache
def _joins(language: str) -> re.Pattern[str]:
    either = patterns(language).either
    return re.compile(rf"\s*(?:(?:[,、،/;|~〜-]|–|—|{either})\s*)+", re.IGNORECASE)
