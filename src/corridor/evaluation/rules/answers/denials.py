"""Where an answer says what the answer is not: `not 42`, `42 नहीं`, `42ではない`.

Most languages here deny after what they deny; English and Kashmiri before it. A negation right before counts
in all, so that `A नहीं B` without a comma takes neither: it can be read both ways.
"""

import re
from functools import cache

from corridor.evaluation.rules.answers.reading import LETTERS, MARKUP, patterns

NEAR = 60
"""How many characters on each side are looked at."""
ENGLISH_BEFORE = r"\b(?:not|never|neither|nor|except)|n['’]t"
ENGLISH_AFTER = (
    r"(?:is|are|was|were|would be|can)\s*(?:not\b|n['’]t|never|wrong|incorrect|false)|isn['’]t"
)


def denied(text: str, start: int, end: int, language: str) -> bool:
    """Tell whether a clean text denies what stands at a place, in the same line."""
    before = text[max(0, start - NEAR) : start].rpartition("\n")[2]
    after = text[end : end + NEAR].partition("\n")[0]
    return bool(_before(language).search(before) or _after(language).match(after))


@cache
def _before(language: str) -> re.Pattern[str]:
    words = patterns(language)
    own = "(?!)" if words.unspaced else words.negation
    return re.compile(
        rf"(?:{ENGLISH_BEFORE}|{own})(?:\s+(?:be|an?|the))?{MARKUP}*\Z", re.IGNORECASE
    )


@cache
def _after(language: str) -> re.Pattern[str]:
    words = patterns(language)
    small = f"(?:{MARKUP}|{words.frame})*"
    thing = f"[{LETTERS}]{{0,3}}?" if words.unspaced else rf"(?:[{LETTERS}]+\s+)?"
    own = f"{small}{thing}{small}{words.negation}"
    return re.compile(rf"{own}|{MARKUP}*(?:{ENGLISH_AFTER})", re.IGNORECASE)
