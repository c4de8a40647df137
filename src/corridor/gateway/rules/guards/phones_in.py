"""Telephone numbers of India: mobile ones of ten digits from 6 to 9, and fixed ones with their code.

A mobile number may stand alone, behind 0, 91 or +91. A fixed one is found behind 0 or +91: code and
number are ten digits together (National Numbering Plan of India, 2003).
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 10
_BEFORE = r"(?<![0-9A-Za-z+.])(?<![0-9][ -])"
_AFTER = r"(?![0-9A-Za-z]|[ -][0-9]|[.][0-9])"
_COUNTRY = r"(?:\+|00)91[ -]?(?:\(0\)[ -]?)?"
_MOBILE = re.compile(
    rf"{_BEFORE}(?:{_COUNTRY}|91[ -]?|0[ -]?)?"
    r"[6-9](?:[0-9]{9}|[0-9]{4}[ -][0-9]{5}|[0-9]{2}[ -][0-9]{3}[ -][0-9]{4}"
    rf"|[0-9]{{3}}[ -][0-9]{{3}}[ -][0-9]{{3}}){_AFTER}"
)
_FIXED = re.compile(
    rf"(?<![0-9A-Za-z+.(])(?<![0-9][ -])(?:{_COUNTRY}\(?|\(?0)([1-8][0-9]{{1,3}})"
    rf"(?:\)[ -]?|[ -])?([2-7][0-9]{{2,3}}[ -]?[0-9]{{3,4}}){_AFTER}"
)
DIGITS = 10


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where a telephone number of India stands."""
    for found in _MOBILE.finditer(text, start, end):
        yield found.span()
    for found in _FIXED.finditer(text, start, end):
        if sum(map(str.isdigit, found.group(1) + found.group(2))) == DIGITS:
            yield found.span()
