"""What is known of the words of one language: all that reading an answer in it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Words = tuple[str, ...]


def of(listed: str) -> Words:
    """Return words and phrases that are listed with commas."""
    return tuple(listed.split(", "))


def scaled(by_value: Mapping[int, str]) -> dict[str, int]:
    """Return by word what it multiplies by, from words that are listed by value."""
    return {word: value for value, listed in by_value.items() for word in of(listed)}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of one language in one script. None was reviewed by a native speaker unless it says so."""

    name: str
    """Of the language, in English."""
    answer: Words
    """Cues: words for an answer that mean nothing else."""
    doubtful: Words = ()
    """Cues that mean something else too, as `उत्तर` means north. Before a text they need a colon."""
    right: Words = ()
    """Correct, final, best: what may stand beside a cue or say that an option is it."""
    option: Words = ()
    frame: Words = ()
    """Small words around an answer that say nothing: it, is, this, the."""
    link: Words = ()
    """Of the small words, those that part a cue from the answer, as `は` does."""
    either: Words = ()
    """What joins alternatives: or, and, both."""
    negations: Words = ()
    refusals: Words = ()
    """Phrases by which a model declines, or says that it does not know."""
    minus: Words = ()
    scales: Mapping[str, int] = field(default_factory=dict[str, int])
    """Words after digits that multiply: thousand, lakh."""
    labels: Words = ()
    """Rows of letters, or names of letters, by which options are named besides A, B, C, D."""
    common: Words = ()
    """Frequent small words, by which it is told from languages of the same script."""
