"""Bank accounts of India: a number of nine to eighteen digits, with an IFSC or a word beside it.

An IFSC (four letters, 0, six letters or digits) names a branch and is left as it is: it says
nothing of a person. It counts up to sixty characters before or after the number.
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 9
_IFSC = r"(?<![0-9A-Za-z])[A-Z]{4}0[A-Z0-9]{6}(?![0-9A-Za-z])"
_NUMBER = r"(?<![0-9A-Za-z])(?<![0-9][ .-])([0-9]{9,18})(?![0-9A-Za-z]|[.][0-9])"
_BEHIND = re.compile(rf"{_IFSC}[^0-9\n]{{0,60}}?{_NUMBER}", re.IGNORECASE)
_AHEAD = re.compile(rf"{_NUMBER}(?=[^0-9]{{0,60}}?{_IFSC})", re.IGNORECASE)
_TOLD = re.compile(
    r"(?:(?<![A-Za-z])(?:a/c|acct|account|acc)(?![A-Za-z])|खाता|खाते|খাতা|অ্যাকাউন্ট|கணக்கு|ఖాతా|ಖಾತೆ|അക്കൗണ്ട്|ખાતા|ਖਾਤਾ)"
    rf"[^0-9\n]{{0,24}}?{_NUMBER}",
    re.IGNORECASE,
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the number of an account stands."""
    for pattern in (_BEHIND, _AHEAD, _TOLD):
        for found in pattern.finditer(text, start, end):
            yield found.span(1)
