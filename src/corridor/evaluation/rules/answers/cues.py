r"""Where an answer says that the answer follows: `Answer:`, `答え:`, `उत्तर:`, `விடை:`, ####, \boxed{}.

Several cues are the rule where a model thinks aloud. Then **the last one that is followed by an answer
counts**, whatever the others say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from corridor.evaluation.rules.answers.reading import MARKUP, patterns

PART = r"(?:[:=>ःঃ]|[-–—]+(?=\s)|[-=]>|→|\bto be\b)"
"""What parts a cue from the answer. A visarga stands where a colon was meant: उत्तरः ४२."""
BOXED = re.compile(r"\\boxed\s*\{(?:\\text\s*\{)?([^{}]*)\}|####\s*([^\n]*)")


@dataclass(frozen=True, slots=True)
class Cued:
    """What follows a cue, up to the end of its line, or the next line where nothing is left of it."""

    rest: str
    parted: bool
    """Whether a colon or a word that links says clearly that the answer comes now."""
    start: int
    """Where the rest begins in the text."""


def cued(text: str, language: str) -> list[Cued]:
    """Return what follows each cue of a clean text, in their order."""
    found = [
        Cued(_line(text, match.end()), _parted(match, language), match.end())
        for match in _cue(language).finditer(text)
    ]
    found += [
        Cued(match[1] or match[2] or "", True, match.start()) for match in BOXED.finditer(text)
    ]
    return sorted(found, key=lambda each: each.start)


def parted(text: str, language: str) -> Iterator[Cued]:
    """Yield, the last first, what follows a cue that says clearly that the answer comes now."""
    return (each for each in reversed(cued(text, language)) if each.parted and each.rest)


@cache
def _cue(language: str) -> re.Pattern[str]:
    words = patterns(language)
    small = f"(?:{MARKUP}|{words.gap})*"
    return re.compile(
        rf"(?:{words.cue}|{words.doubtful})(?P<gap>{small}?{PART}{MARKUP}*|{small})", re.IGNORECASE
    )


@cache
def _link(language: str) -> re.Pattern[str]:
    return re.compile(f"{PART}|{patterns(language).link}", re.IGNORECASE)


def _parted(match: re.Match[str], language: str) -> bool:
    return "\n" in match["gap"] or _link(language).search(match["gap"]) is not None


def _line(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start:].strip() if end < 0 else text[start:end].strip()
