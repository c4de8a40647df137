"""Telephone numbers of Japan: mobile, internet, free and fixed ones.

Mobile and internet ones (070, 080, 090, 050) have eleven digits and are found in one piece too. A
fixed one has ten, and is found where it is written in three parts, behind +81, or behind a word
that announces it: ten digits alone are too often something else (Numbering plan of the Ministry of
Internal Affairs and Communications).
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 9
_BEFORE = r"(?<![0-9A-Za-z+.(])(?<![0-9][ -])"
_AFTER = r"(?![0-9A-Za-z]|[ -][0-9]|[.][0-9])"
_MOBILE = re.compile(rf"{_BEFORE}0[5789]0(?:[0-9]{{8}}|([ -])[0-9]{{4}}\1[0-9]{{4}}){_AFTER}")
_FIXED = re.compile(
    rf"{_BEFORE}(?:0[0-9]{{1,4}}([ -])[0-9]{{1,4}}\1[0-9]{{3,4}}"
    r"|\(0[0-9]{1,4}\)[ ]?[0-9]{1,4}[ -][0-9]{4}"
    rf"|0[0-9]{{1,4}}\([0-9]{{1,4}}\)[0-9]{{4}}){_AFTER}"
)
_ABROAD = re.compile(
    r"(?<![0-9A-Za-z])(?:\+|(?<![0-9])(?:00|010))[ -]?81[ -]?(?:\(0\)[ -]?)?"
    rf"[1-9][0-9]{{0,3}}[ -]?[0-9]{{1,4}}[ -]?[0-9]{{3,4}}{_AFTER}"
)
_TOLD = re.compile(
    rf"(?:電話|携帯|☎|℡|TEL|FAX|phone)[^0-9+]{{0,10}}(0[0-9]{{9}}){_AFTER}", re.IGNORECASE
)
FIXED_DIGITS, ABROAD_DIGITS = 10, (11, 12)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where a telephone number of Japan stands."""
    for found in _MOBILE.finditer(text, start, end):
        yield found.span()
    for found in _FIXED.finditer(text, start, end):
        if _digits(found.group()) == FIXED_DIGITS:
            yield found.span()
    for found in _ABROAD.finditer(text, start, end):
        home = found.group().replace("(0)", "").partition("81")[2]
        if _digits(home) + 2 in ABROAD_DIGITS:
            yield found.span()
    for found in _TOLD.finditer(text, start, end):
        yield found.span(1)


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))
