"""Japan's corporate number: thirteen digits, the first of which checks the others.

It is public for a company. It is found only behind words that announce it, or behind the `T` of a
registered invoice issuer: many goods have barcodes of thirteen digits.

The first digit is 9 minus the remainder by 9 of the sum of Pn x Qn; Pn is the n-th of the other
digits from the right, Qn is 1 where n is odd and 2 where it is even (Ordinance of the Ministry of
Finance No. 70 of 2014, article 2).
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 13
_PATTERN = re.compile(
    r"(?:(?:法人番号|登録番号|corporate number)[^0-9]{0,12}T?|(?<![0-9A-Za-z])T[ -]?)"
    r"([1-9](?:[ -]?[0-9]{4}){3})(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where a corporate number stands."""
    for found in _PATTERN.finditer(text, start, end):
        digits = re.sub("[ -]", "", found.group(1))
        if check_digit(digits[1:]) == int(digits[0]):
            yield found.span(1)


def check_digit(digits: str) -> int:
    """Return the first digit that belongs to the other twelve."""
    from_right = enumerate(reversed(digits), 1)
    return 9 - sum(int(digit) * (1 if n % 2 else 2) for n, digit in from_right) % 9
