"""Payment cards: fourteen to nineteen digits that begin as cards do, checked by Luhn's sum.

Beginnings and lengths are those of ISO/IEC 7812 issuers in use: Visa, Mastercard, RuPay, JCB,
American Express, Diners Club, Discover, UnionPay. One in ten numbers that begin so passes the sum
(United States patent 2,950,048).
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 14
_PATTERN = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][ .-])(?:"
    r"[2-8][0-9]{13,18}"
    r"|[2-8][0-9]{3}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{2,3})?"
    r"|3[0-9]{3}([ -])[0-9]{6}\2[0-9]{4,5}"
    r")(?![0-9A-Za-z]|[ -][0-9]|[.][0-9])"
)
_ISSUED = re.compile(
    r"4[0-9]{15}(?:[0-9]{3})?|5[0-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}|3[068][0-9]{12}"
    r"|35[0-9]{14}|6[0-9]{15}(?:[0-9]{2,3})?|8[12][0-9]{14}"
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the number of a card stands, in one piece or in groups."""
    for found in _PATTERN.finditer(text, start, end):
        digits = re.sub("[ -]", "", found.group())
        if _ISSUED.fullmatch(digits) and passes_luhn(digits):
            yield found.span()


def passes_luhn(digits: str) -> bool:
    """Tell whether the last digit checks the others, by Luhn."""
    every = [int(digit) for digit in reversed(digits)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in every[1::2])
    return (sum(every[::2]) + doubled) % 10 == 0
