"""Addresses of electronic mail, of plain letters; what stands in quotes is found by no detector."""

import re
from collections.abc import Iterator

LEAST_DIGITS = 0
_PATTERN = re.compile(
    r"(?<![0-9A-Za-z._%+-])[0-9A-Za-z._%+-]{1,64}@"
    r"(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.){1,8}[A-Za-z]{2,24}(?![0-9A-Za-z])"
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where an address stands."""
    return (found.span() for found in _PATTERN.finditer(text, start, end))
