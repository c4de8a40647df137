"""Whether a text is in the language asked for, among those that share its script.

The script is looked at first. Then frequent small words and letters that only one language of the script
has are counted. A text counts as another language's only where that is plain: at least three signs of the
other one, and more than twice as many as of its own. So a short answer is rarely called foreign, and two
languages that share most small words (Hindi and Urdu in Latin letters) are not told apart.
"""

import re
from collections import Counter
from functools import cache

from corridor.evaluation.rules.answers.normal import clean
from corridor.evaluation.rules.answers.overlap import composed
from corridor.evaluation.rules.answers.reading import LETTERS
from corridor.evaluation.rules.answers.scripts import SCRIPTS, faithful, script_of
from corridor.evaluation.rules.answers.words import FOREIGN, LEXICONS, TELLING

SIGNS, TIMES = 3, 2
"""How many signs of another language, and how many times those of its own, make a text foreign."""
KANA = re.compile(f"[{SCRIPTS['Hira']}{SCRIPTS['Kana']}]")
RUN = re.compile(f"[{SCRIPTS['Hani']}]+")
LONG, UNBROKEN = 12, 6
"""So many Chinese characters and no kana are no Japanese sentence; but if no more than so many stand
together, they may be a list of words."""
WORD = re.compile(f"[{LETTERS}]+")


def is_in(text: str, language: str) -> bool:
    """Tell whether a text is in a language, or nothing plainly says that it is not."""
    if not faithful(text, language):
        return False
    if script_of(language) == "Jpan":
        runs = [len(run) for run in RUN.findall(text)]
        return bool(KANA.search(text)) or sum(runs) < LONG or max(runs) < UNBROKEN
    found = signs(text, script_of(language))
    own = found.pop(language, 0)
    others = [count for tag, count in found.items() if tag not in _alike(language)]
    return not any(count >= SIGNS and count > TIMES * own for count in others)


def signs(text: str, script: str) -> Counter[str]:
    """Return how many signs of each language of a script a text has."""
    words, letters = _signs(script)
    counts: Counter[str] = Counter()
    for word in WORD.findall(clean(text).casefold()):
        counts.update(words.get(word, ()))
    if letters:
        for letter in composed(text):
            counts.update(letters.get(letter, ()))
    return counts


@cache
def _signs(script: str) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    common = {tag: each.common for tag, each in LEXICONS.items()} | FOREIGN
    return _by_sign(common, script), _by_sign(TELLING, script)


def _by_sign(known: dict[str, tuple[str, ...]], script: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for tag, every in known.items():
        if script_of(tag) == script:
            for sign in every:
                found.setdefault(clean(sign) if len(sign) > 1 else sign, []).append(tag)
    return {sign: tuple(dict.fromkeys(tags)) for sign, tags in found.items()}


@cache
def _alike(language: str) -> frozenset[str]:
    """Return the languages of which most small words are those of the given one."""
    own = set(LEXICONS[language].common) if language in LEXICONS else set[str]()
    return frozenset(
        tag
        for tag, each in LEXICONS.items()
        if each.common and len(own.intersection(each.common)) * 2 > len(each.common)
    )
