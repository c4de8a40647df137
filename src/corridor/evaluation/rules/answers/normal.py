"""Forms in which answers are read and compared, in every language by the same steps.

`clean` is for reading: one encoding, one set of digits, no invisible characters; words and lines stay.
`normal` is for comparing: case, punctuation at both ends and what the spelling leaves free are gone too.
Both are idempotent and the same for canonically equal texts. Neither removes what tells two answers
apart: signs of numbers, exponents, negations, letters that differ in a dot.
"""

import re
import unicodedata
from functools import cache, lru_cache

from corridor.evaluation.rules.answers.spelling import joined, one_spelling

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
"""Joiners, directions, soft hyphens, variation selectors: default ignorable, apart from tags."""
RAISED = re.compile("[⁰¹²³⁴-⁹⁺⁻⁼⁽⁾ⁿ]+")
"""Exponents: plain NFKC makes 10⁸ into 108."""
FRACTION = re.compile(r"(?<=\d)(?=[¼-¾⅐-⅞])")
GROUP_SPACE = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
ARABIC_COMMA = re.compile("(?<=[0-9])[\u066c\u060c](?=[0-9])")
SOUND_MARKS = {0x309B: 0x3099, 0x309C: 0x309A, 0xFF9E: 0x3099, 0xFF9F: 0x309A}
"""Dakuten that stand alone, to those that combine: NFKC would put a space before them."""
HARAKAT = re.compile("[\u064b-\u0652\u0670\u0656-\u065f]")
"""Vowel marks, which Urdu and Sindhi write or leave; Kashmiri's carry meaning and stay."""

LAST_DIGIT = 0x20000
"""No script's digits lie beyond."""
EDGES = frozenset(
    " \t\r\n.,;:!?'\"`()[]{}<>*_~|。、・…‥「」『』【】〈〉《》〔〕“”‘’«»‹›｡､।॥॰۔،؛؟᱾᱿꯫෴·•●"
)
"""Quotation marks, brackets and ends of sentences of every script here. Not + # % $ - or /: they may be
part of an answer."""
WITHIN = re.compile(r"(?<=[^\x00-\x7f\s・])[\s・]+(?=[^\x00-\x7f\s・])")
"""Space and middle dots between Japanese letters."""
FINAL_M = re.compile(r"म्(?=\s|$|[।॥.,])")
"""Sanskrit writes it as an anusvara, too."""
BULLET = re.compile(r"^\s*(?:[-*•●・–—]\s+)")
ARTICLE = re.compile(r"^(?:the|an|a) (?=\S)")


def clean(text: str) -> str:
    """Return a text in one encoding, with ASCII digits and without invisible characters."""
    if text.isascii():
        return text
    text = RAISED.sub(_lowered, joined(text))
    text = GROUP_SPACE.sub(",", FRACTION.sub(" ", text)).translate(SOUND_MARKS)
    text = INVISIBLE.sub("", text)
    text = unicodedata.normalize("NFKC", text).replace("\u2044", "/")
    text = text.translate(_digits()).replace("\u066b", ".")
    text = ARABIC_COMMA.sub(",", text)
    before = ""
    while before != text:  # what one step joins, the next may join again
        before, text = text, unicodedata.normalize("NFKC", one_spelling(text))
    return text


@lru_cache(maxsize=4096)
def normal(text: str, language: str = "") -> str:
    """Return a text in the form in which answers in a language are compared; may be empty."""
    text = clean(text).casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = _of_language(text, language)
    return _bare(" ".join(text.split()), language.startswith("en"))


def trimmed(text: str) -> str:
    """Return a text without the punctuation and space at both ends that say nothing."""
    start, end = 0, len(text)
    while start < end and text[start] in EDGES and not _starts_number(text, start):
        start += 1
    while end > start and text[end - 1] in EDGES:
        end -= 1
    return text[start:end]


def _bare(text: str, english: bool) -> str:
    before = None
    while before != text:
        before = text
        text = trimmed(BULLET.sub("", text))
        text = ARTICLE.sub("", text) if english else text
    return text


def _starts_number(text: str, at: int) -> bool:
    return text[at] == "." and text[at + 1 : at + 2].isdigit()


def _of_language(text: str, language: str) -> str:
    tongue, _, script = language.partition("-")
    if tongue == "ja" and script != "Latn":
        return unicodedata.normalize("NFKC", clean(WITHIN.sub("", text)).translate(_HIRAGANA))
    if script == "Latn" and tongue != "en":
        parts = unicodedata.normalize("NFD", text)
        text = "".join(each for each in parts if not "\u0300" <= each <= "\u036f")
        return unicodedata.normalize("NFC", text)
    if tongue == "sa":
        return FINAL_M.sub("ं", text)
    return text if tongue == "ks" else HARAKAT.sub("", text)


_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
"""Katakana to hiragana: りんご and リンゴ are one word, as apple and Apple are."""


def _lowered(found: re.Match[str]) -> str:
    return "^" + unicodedata.normalize("NFKC", found[0]).replace("\u2212", "-")


@cache
def _digits() -> dict[int, str]:
    values = ((code, unicodedata.decimal(chr(code), None)) for code in range(0x80, LAST_DIGIT))
    return {code: str(value) for code, value in values if value is not None}
