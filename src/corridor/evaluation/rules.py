"""How items are asked and scored. Pure functions."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from corridor.catalogue import Turn, question_answer_prompt
from corridor.evaluation.records import Estimate, Question, Suite

METHOD = (
    "completions; two-shot in the item's language; temperature 0; right if the first line of the "
    "answer equals an accepted answer after NFKC, case folding, removal of punctuation, symbols "
    "and space at both ends, and of a leading English article"
)
STOP = "\n"
Z_95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""
AHEAD = timedelta(days=1)
"""Evidence that claims to be made later than this does not count: its maker's clock is wrong."""


class Stated(Protocol):
    """Evidence, as far as it is asked whether it counts."""

    @property
    def issuer(self) -> str:
        """Whose word it is."""
        ...

    @property
    def made_at(self) -> datetime:
        """When, by the issuer's clock."""
        ...


StatedT = TypeVar("StatedT", bound=Stated)


def prompt_of(suite: Suite, question: Question, language: str) -> str:
    """Return the text that a model is to continue: two answered examples, then the question."""
    turns: list[Turn] = []
    for shot in suite.shots[language]:
        turns += [Turn("user", shot.question), Turn("assistant", shot.answer)]
    return question_answer_prompt([*turns, Turn("user", question.question)])


def normalised(text: str) -> str:
    """Return an answer in the form in which answers are compared (see METHOD)."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    folded = unicodedata.normalize("NFKC", line).casefold()
    words = _trimmed(folded).split()
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        words = words[1:]
    return " ".join(words)


def is_right(answer: str, question: Question) -> bool:
    """Tell whether an answer is one of the accepted ones."""
    return normalised(answer) in {normalised(accepted) for accepted in question.answers} - {""}


def wilson(correct: int, n: int, z: float = Z_95) -> Estimate:
    """Return a proportion with its Wilson score interval.

    Wilson, J. Am. Stat. Assoc. 22 (1927) 209, equation for the limits without continuity
    correction. It stays within 0 and 1 and is usable for small n.
    """
    p = correct / n
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if correct == 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if correct == n else min(1.0, (centre + half) / scale)
    return Estimate(value=p, low=low, high=high)


def that_counts(found: Iterable[StatedT], now: datetime, first: str = "") -> StatedT | None:
    """Return what counts of evidence on one file in one language: the newest, or None.

    It is given what stands, that is not taken back and by those whose word is believed. The word of
    `first`, a node, comes before any other's.
    """
    standing = (each for each in found if each.made_at < now + AHEAD)
    return max(standing, key=lambda each: (each.issuer == first, each.made_at), default=None)


def outcomes_text(outcomes: Sequence[bool]) -> str:
    """Return outcomes as digits, in the order of the items."""
    return "".join("1" if right else "0" for right in outcomes)


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start])[0] in "PZSC":
        start += 1
    while end > start and unicodedata.category(text[end - 1])[0] in "PZSC":
        end -= 1
    return text[start:end]
