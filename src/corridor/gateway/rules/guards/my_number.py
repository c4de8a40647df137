"""My Number: the number of Japan's residents, twelve digits of which the last one checks the others.

The check digit is 11 minus the remainder of the sum of Pn x Qn by 11, and 0 where that remainder is
0 or 1; Pn is the n-th digit from the right without the check digit, Qn is n + 1 up to the sixth and
n - 5 beyond (Ordinance of the Ministry of Internal Affairs and Communications No. 85 of 2014,
article 5). Of other numbers of twelve digits, one in eleven passes.
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 12
_PATTERN = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.])(?:"
    r"[0-9]{12}"
    r"|(?<![0-9][ -])[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}(?![ -][0-9])"
    r")(?![0-9A-Za-z]|[.][0-9])"
)
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
"""Qn of the formula, for the digits from the left."""


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where a My Number stands, written in one piece or in groups of four."""
    for found in _PATTERN.finditer(text, start, end):
        digits = re.sub("[ -]", "", found.group())
        if len(set(digits)) > 1 and check_digit(digits[:11]) == int(digits[11]):
            yield found.span()


def check_digit(digits: str) -> int:
    """Return the twelfth digit that belongs to eleven."""
    weighed = sum(int(digit) * by for digit, by in zip(digits, _WEIGHTS, strict=True))
    rest = weighed % 11
    return 0 if rest <= 1 else 11 - rest
