"""Whether a text is no language at all: loops, broken characters, letters that no writing puts together.

Each sign is one that writing in the script cannot show, or shows rarely; where none is plain, a text is not
called gibberish. A fluent answer that has nothing to do with the question is none: that takes a judge.
"""

import itertools
import re
import unicodedata
from collections import Counter

from corridor.evaluation.rules.answers.reading import LETTERS

BROKEN = 0.1
"""Of the characters, what may be replaced, private or unassigned."""
LOOP_WORDS, LOOP_SHARE = 12, 0.25
"""A text of so many words, of which no more than this share are different, goes round in circles."""
IN_A_ROW = 5
"""So many times the same word, one after the other, is a loop."""
LONG_RUN = 24
"""So many times the same character, or pair of characters, is no word."""
IMPOSSIBLE, FEWEST = 0.1, 3
"""Of the words, what share may be impossible in their script, and how many at least are a sign."""
WORD = re.compile(f"[{LETTERS}]+")
RUN = re.compile(rf"([{LETTERS}]{{1,3}}?)\1{{{LONG_RUN},}}")
BRAHMIC = re.compile("[\u0900-\u0dff]")
VOWELS = re.compile("[aeiouyà-öø-ÿāēīōū]", re.IGNORECASE)
CONSONANTS = re.compile("[b-df-hj-np-tv-xz]{6,}", re.IGNORECASE)


def is_gibberish(text: str) -> bool:
    """Tell whether a text is plainly no writing in any language; never for an empty one."""
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        return False
    words = WORD.findall(text)
    return (
        _is_broken(text)
        or RUN.search(text) is not None
        or _has_no_words(text, words)
        or _loops(words)
        or _is_impossible(words)
    )


def _is_broken(text: str) -> bool:
    broken = sum(
        each == "\ufffd" or unicodedata.category(each) in ("Co", "Cn", "Cs") for each in text
    )
    return broken > BROKEN * len(text)


def _has_no_words(text: str, words: list[str]) -> bool:
    """Tell whether there are marks alone: no letter and no digit."""
    return not words and len(text) > 3


def _loops(words: list[str]) -> bool:
    rows = (sum(1 for _ in same) for word, same in itertools.groupby(words) if len(word) > 1)
    if max(rows, default=0) >= IN_A_ROW:
        return True
    if len(words) < LOOP_WORDS:
        return False
    return len(set(words)) <= max(1, LOOP_SHARE * len(words)) and _most(words) >= 3


def _most(words: list[str]) -> int:
    return Counter(words).most_common(1)[0][1]


def _is_impossible(words: list[str]) -> bool:
    letters = [word for word in words if not word.isdigit() and len(word) > 1]
    found = sum(map(_cannot_be, letters))
    return found >= FEWEST and found > IMPOSSIBLE * len(letters)


def _cannot_be(word: str) -> bool:
    if BRAHMIC.search(word):
        return _misspelt(word)
    if word.isascii():
        return bool(CONSONANTS.search(word)) or (
            len(word) > 4 and not VOWELS.search(word) and word.islower()
        )
    return _is_mixed(word)


def _misspelt(word: str) -> bool:
    """Tell whether a vowel sign stands where none can: first, after another one, after a whole vowel."""
    before = ""
    for letter in word:
        if _is_vowel_sign(letter) and (not before or _is_vowel_sign(before) or _is_vowel(before)):
            return True
        before = letter
    return _is_mixed(word)


def _is_vowel_sign(letter: str) -> bool:
    """Tell whether a letter is the sign of a vowel; that of a candra may follow a whole A (अॅप)."""
    name = unicodedata.name(letter, "")
    return "VOWEL SIGN" in name and "CANDRA" not in name


def _is_vowel(letter: str) -> bool:
    name = unicodedata.name(letter, "")
    return " LETTER " in name and name.rpartition(" ")[2] in _VOWELS


_VOWELS = frozenset(("A", "AA", "I", "II", "U", "UU", "E", "EE", "AI", "O", "OO", "AU"))


def _is_mixed(word: str) -> bool:
    """Tell whether letters of two scripts change place within a word, more than once."""
    scripts = [name for letter in word if (name := _script(letter))]
    changes = sum(one != two for one, two in itertools.pairwise(scripts))
    return changes > 1


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return (
        ""
        if name in ("DIGIT", "HIRAGANA", "KATAKANA", "CJK", "FULLWIDTH", "KATAKANA-HIRAGANA")
        else name
    )
