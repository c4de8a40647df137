"""Whether two short texts say the same, by one rule in every language.

They are equal in their normal form, or as quantities, or when small words around the answer (`です`, `है`,
`it is`) are left out, or when what is left beside the accepted answer only repeats the question
(`The capital of Japan is Tokyo`, `日本の首都は東京です`). A negation is never left out.
"""

import re
from collections.abc import Sequence
from functools import cache

from corridor.evaluation.rules.answers.cues import parted
from corridor.evaluation.rules.answers.normal import clean, normal
from corridor.evaluation.rules.answers.reading import LETTERS, patterns
from corridor.evaluation.rules.answers.units import quantity

LETTER = re.compile(f"[{LETTERS}]")
WORD_END = re.compile(rf"[{LETTERS}]\Z")
WORD = re.compile(f"[{LETTERS}'’]+")
KANJI_DA = re.compile("(?<![ぁ-ん])だ$")
"""The plain copula, told from names that end in it: after what is not hiragana."""


def candidate(answer: str, language: str) -> str:
    """Return the part of a clean answer that is meant: after the last clear cue, else the first line."""
    for each in parted(answer, language):
        return each.rest
    return next((line.strip() for line in answer.splitlines() if line.strip()), "")


def accepted(answer: str, targets: Sequence[str], question: str, language: str) -> str | None:
    """Return what a clean answer says if it is one of the accepted texts, else None."""
    said = candidate(answer, language)
    for form in dict.fromkeys((answer, said)):
        for target in targets:
            if same(form, target, language) or echoes(form, target, question, language):
                return said
    return None


def same(answer: str, target: str, language: str) -> bool:
    """Tell whether a clean answer is a target: as text, as quantity, or without small words around it."""
    wanted = normal(target, language)
    if not wanted:
        return False
    measured = quantity(clean(target), language)
    if measured is not None:
        said = quantity(answer, language) or quantity(unframed(answer, language), language)
        return said == measured
    return wanted in (normal(answer, language), normal(unframed(answer, language), language))


def unframed(text: str, language: str) -> str:
    """Return a text without small words and punctuation at both ends."""
    text = normal(text, language)
    stripped = normal(_ends(language).sub("", text), language)
    if patterns(language).unspaced:
        stripped = KANJI_DA.sub("", stripped)
    return stripped or text


def echoes(answer: str, target: str, question: str, language: str) -> bool:
    """Tell whether an answer is a target in a sentence that else only repeats the question."""
    said, wanted, asked = (normal(text, language) for text in (answer, target, question))
    if not wanted or wanted in asked or said.count(wanted) != 1:
        return False
    before, after = said.split(wanted)
    if patterns(language).unspaced:
        return _repeats(before, asked, language) and _repeats(after, asked, language)
    if WORD_END.search(before) or LETTER.match(after):
        return False
    rest, known = _words(f"{before} {after}"), set(_words(asked))
    return not _telling(language).search(f"{before} {after}") and all(
        word in known or _small(language).fullmatch(word) for word in rest
    )


def _repeats(part: str, asked: str, language: str) -> bool:
    left = _ends(language).sub("", part).strip("、。,. 「」『』はが")
    return left in asked and not _telling(language).search(part)


def _words(text: str) -> list[str]:
    return WORD.findall(text)


@cache
def _ends(language: str) -> re.Pattern[str]:
    words = patterns(language)
    if words.unspaced:
        return re.compile(f"(?:{words.edge})+$|^(?:{words.edge})+")
    word = f"(?:{words.edge})[.,]?"
    return re.compile(rf"^(?:{word}\s+)+|(?:\s+{word})+$", re.IGNORECASE)


@cache
def _small(language: str) -> re.Pattern[str]:
    return re.compile(patterns(language).frame, re.IGNORECASE)


@cache
def _telling(language: str) -> re.Pattern[str]:
    """Return words that a sentence may not have beside the answer: negations and alternatives."""
    words = patterns(language)
    english = r"\b(?:not|never|neither|nor|except|wrong|incorrect|false)\b|n['’]t\b"
    either = "(?!)" if words.unspaced else words.either
    return re.compile(f"{words.negation}|{english}|{either}", re.IGNORECASE)
