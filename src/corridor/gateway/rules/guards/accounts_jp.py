"""Bank accounts of Japan: behind the words for an account, six to eight digits.

The post bank's have a symbol of five digits and a number of up to eight; both are covered together.
The codes of bank and branch alone say nothing of a person and are left as they are.
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 6
_PATTERN = re.compile(
    r"(?:普通|当座|貯蓄|口座)[^0-9\n]{0,16}([0-9]{6,8}|[0-9]{3}[ -][0-9]{4})(?![0-9A-Za-z]|-[0-9])"
)
_POST_BANK = re.compile(
    r"記号[^0-9\n]{0,6}(1[0-9]{4}(?:-[0-9])?[^0-9\n]{0,10}番号[^0-9\n]{0,6}[0-9]{2,8})(?![0-9])"
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the number of an account stands."""
    for pattern in (_PATTERN, _POST_BANK):
        for found in pattern.finditer(text, start, end):
            yield found.span(1)
