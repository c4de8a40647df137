"""Aadhaar: the number of India's residents, twelve digits of which the last one checks the others.

The check is Verhoeff's (J. Verhoeff, Error Detecting Decimal Codes, Mathematical Centre Tracts 29,
1969), over the dihedral group of ten elements. No Aadhaar begins with 0 or 1. Of other numbers of
twelve digits that begin so, one in ten passes the check.
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 12
_PATTERN = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.])(?:"
    r"[2-9][0-9]{11}"
    r"|(?<![0-9][ -])[2-9][0-9]{3}([ -])[0-9]{4}\1[0-9]{4}(?![ -][0-9])"
    r")(?![0-9A-Za-z]|[.][0-9])"
)
_TIMES = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_MOVED = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where an Aadhaar stands, written in one piece or in groups of four."""
    for found in _PATTERN.finditer(text, start, end):
        if passes_verhoeff(re.sub("[ -]", "", found.group())):
            yield found.span()


def passes_verhoeff(digits: str) -> bool:
    """Tell whether the last digit checks the others, by Verhoeff."""
    sum_so_far = 0
    for place, digit in enumerate(reversed(digits)):
        sum_so_far = _TIMES[sum_so_far][_MOVED[place % 8][int(digit)]]
    return sum_so_far == 0
