"""India's PIN codes: six digits, only behind a word that announces them.

The words are those of English and of eleven languages of India; a number of six digits alone is
found nowhere.
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 6
_PATTERN = re.compile(
    r"(?:(?<![A-Za-z])(?:PIN(?:[ -]?code)?|postal code|post code)(?![A-Za-z])|पिन|পিন|ਪਿੰਨ|ਪਿਨ|પિન|ପିନ୍?|பின்"
    r"|అంచె|పిన్|ಪಿನ್|പിൻ|پن کوڈ)"
    r"[^0-9\n]{0,14}([1-9][0-9]{2}[ ]?[0-9]{3})(?![0-9A-Za-z]|[.][0-9])",
    re.IGNORECASE,
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the digits of a PIN code stand."""
    return (found.span(1) for found in _PATTERN.finditer(text, start, end))
