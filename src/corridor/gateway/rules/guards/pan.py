"""PAN: the number under which India's tax office knows somebody, as `AAAPA1234A`.

The fourth letter says what kind of person it is: a natural one (P), a company (C), an undivided
Hindu family (H), a firm (F), an association (A), a trust (T), a body of individuals (B), a local
authority (L), an artificial juridical person (J), the government (G). The last letter is a check
whose formula is not published, so it is not checked.
"""

import re
from collections.abc import Iterator

LEAST_DIGITS = 4
_PATTERN = re.compile(
    r"(?<![0-9A-Za-z])[A-Z]{3}[PCHFATBLJG][A-Z][0-9]{4}[A-Z](?![0-9A-Za-z])", re.IGNORECASE
)


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where a PAN stands, in capitals or small letters."""
    return (found.span() for found in _PATTERN.finditer(text, start, end))
