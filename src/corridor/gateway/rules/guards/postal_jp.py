"""Japan's postal codes: seven digits, behind the postal mark or the word, or before a prefecture.

Three digits, a hyphen and four alone are found nowhere: too much else is written so.
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 7
_MARKED = re.compile(
    r"(?:〒|郵便番号|postal code|zip)[^0-9]{0,6}([0-9]{3}[ -]?[0-9]{4})(?![0-9A-Za-z-])",
    re.IGNORECASE,
)
_BEFORE_PREFECTURE = re.compile(
    r"(?<![0-9A-Za-z-])([0-9]{3}-[0-9]{4})(?=[ \n]?(?:東京都|北海道|京都府|大阪府|\w{2,3}県))"
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the digits of a postal code stand."""
    for pattern in (_MARKED, _BEFORE_PREFECTURE):
        for found in pattern.finditer(text, start, end):
            yield found.span(1)
