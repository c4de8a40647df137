"""What an answer must fulfil and a program can check, from a closed list, alike in every language.

Lengths are counted in letters without vowel signs and other marks, so that `कि` is one; in words only where
words have spaces between them. There is no check of capital letters: most scripts have none.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import cast

from corridor.evaluation.records.datasets import Constraint
from corridor.evaluation.rules.answers.normal import clean, normal
from corridor.evaluation.rules.answers.numerals import numbers
from corridor.evaluation.rules.answers.overlap import composed
from corridor.evaluation.rules.answers.reading import LETTERS, clauses, patterns
from corridor.evaluation.rules.answers.scripts import MEMBERS, SCRIPTS, ZEROS, in_script
from corridor.evaluation.rules.answers.tongues import is_in

Value = str | int | tuple[str, ...]
Check = Callable[[str, Value, str], bool]
LISTED = re.compile(r"^\s*(?:[-*+•●・◦▪–—]|[(（]?(?:\d{1,3}|\w)[.)）:、।.])\s*\S")
QUOTES = {"'": "'", '"': '"', "“": "”", "‘": "’", "「": "」", "『": "』", "«": "»", "《": "》"}
BRACKETS = {"[": "]", "［": "］", "【": "】"}
COMMA = re.compile("[,،、，﹐᠂⹁]")


def kept(answer: str, constraints: Sequence[Constraint], language: str) -> list[bool]:
    """Return for each constraint whether an answer in a language keeps it.

    Raises:
        ValueError: if a constraint is not in the list, or cannot be checked in the language.
    """
    for each in constraints:
        problem = impossible(each, language)
        if problem:
            raise ValueError(problem)
    text = composed(answer).strip()
    return [CHECKS[each.name](text, each.value, language) for each in constraints]


def impossible(constraint: Constraint, language: str) -> str:
    """Return why a constraint cannot be checked in a language, or an empty text."""
    name, value = constraint.name, constraint.value
    if name not in CHECKS:
        return f"there is no check {name!r}"
    if name.startswith("words_") and patterns(language).unspaced:
        return f"{name} cannot be checked in {language}, which has no space between words"
    if name in COUNTS and (isinstance(value, tuple) or not str(value).isdecimal()):
        return f"{name} needs a whole number"
    if name in SCRIPTED and value not in SCRIPTED[name]:
        return f"{name} needs one of the scripts {', '.join(sorted(SCRIPTED[name]))}"
    return ""


def letters(text: str) -> int:
    """Return how many letters and digits a text has, without marks, space and punctuation."""
    return sum(unicodedata.category(each)[0] in "LN" for each in text)


def _texts(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _contains(text: str, value: Value, language: str) -> bool:
    said = normal(text, language)
    return all(normal(each, language) in said for each in _texts(value))


def _excludes(text: str, value: Value, language: str) -> bool:
    said = normal(text, language)
    return all(normal(each, language) not in said for each in _texts(value))


def _starts(text: str, value: Value, language: str) -> bool:
    return normal(text, language).startswith(
        tuple(normal(each, language) for each in _texts(value))
    )


def _ends(text: str, value: Value, language: str) -> bool:
    return normal(text, language).endswith(tuple(normal(each, language) for each in _texts(value)))


def _one_of(text: str, value: Value, language: str) -> bool:
    return normal(text, language) in {normal(each, language) for each in _texts(value)}


def _ordered(text: str, value: Value, language: str) -> bool:
    said, place = normal(text, language), 0
    for each in _texts(value):
        found = said.find(normal(each, language), place)
        if found < 0:
            return False
        place = found + 1
    return True


def _repeated(text: str, value: Value, language: str) -> bool:
    word, times = _texts(value)
    return normal(text, language).count(normal(word, language)) >= int(times)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _sentences(text: str) -> int:
    return sum(letters(clause) > 0 for clause in clauses(text))


def _words(text: str) -> int:
    return len(re.findall(f"[{LETTERS}\u0903\u0983'’-]+", text))


def _bullets(text: str) -> int:
    return sum(LISTED.match(clean(line)) is not None for line in _lines(text))


def _paragraphs(text: str) -> int:
    return len([part for part in re.split(r"\n\s*\n", text) if part.strip()])


def _json(text: str, value: Value, _: str) -> bool:
    fenced = re.fullmatch(r"```(?:json)?\s*(.*?)\s*```", text, re.DOTALL)
    try:
        read: object = json.loads(fenced[1] if fenced else text)
    except ValueError:
        return False
    if not isinstance(read, dict):
        return isinstance(read, list) and not value
    return not value or set(_texts(value)) <= cast("dict[str, object]", read).keys()


def _quoted(text: str, _: Value, __: str) -> bool:
    return len(text) > 1 and QUOTES.get(text[0]) == text[-1]


def _bracketed(text: str, _: Value, __: str) -> bool:
    return len(text) > 2 and BRACKETS.get(text[0]) == text[-1]  # 2: something is between them


def _digits(text: str, value: Value, _: str) -> bool:
    digits = [ord(each) for each in text if each.isdecimal()]
    zero = ZEROS[str(value)]
    return bool(digits) and all(zero <= digit <= zero + 9 for digit in digits)


def _says_number(text: str, value: Value, language: str) -> bool:
    wanted = numbers(clean(str(value)), language)
    said = {found.value for found in numbers(clean(text), language)}
    return len(wanted) == 1 and wanted[0].value in said


def _exactly(count: Callable[[str], int]) -> Check:
    return lambda text, value, _: count(text) == int(str(value))


def _at_most(count: Callable[[str], int]) -> Check:
    return lambda text, value, _: count(text) <= int(str(value))


def _at_least(count: Callable[[str], int]) -> Check:
    return lambda text, value, _: count(text) >= int(str(value))


CHECKS: dict[str, Check] = {
    "contains": _contains,
    "excludes": _excludes,
    "starts": _starts,
    "ends": _ends,
    "one_of": _one_of,
    "order": _ordered,
    "repeats": _repeated,
    "lines": _exactly(lambda text: len(_lines(text))),
    "paragraphs": _exactly(_paragraphs),
    "bullets": _exactly(_bullets),
    "sentences": _exactly(_sentences),
    "sentences_at_most": _at_most(_sentences),
    "letters_at_most": _at_most(letters),
    "letters_at_least": _at_least(letters),
    "words_at_most": _at_most(_words),
    "words_at_least": _at_least(_words),
    "json": _json,
    "quoted": _quoted,
    "bracketed": _bracketed,
    "no_commas": lambda text, _, __: COMMA.search(text) is None,
    "no_digits": lambda text, _, __: not any(each.isdecimal() for each in text),
    "digits": _digits,
    "number": _says_number,
    "script": lambda text, value, _: in_script(text, str(value)),
    "language": lambda text, value, _: is_in(text, str(value)),
}
"""By name. `repeats` takes a word and how often at least; `json` takes the keys that must be there, or none;
`digits` and `script` take a script (Deva; Latn: 0 to 9); `language` a tag."""
COUNTS = frozenset(
    ("lines", "paragraphs", "bullets", "sentences", "sentences_at_most", "letters_at_most")
    + ("letters_at_least", "words_at_most", "words_at_least")
)
SCRIPTED = {"script": frozenset((*SCRIPTS, *MEMBERS)), "digits": frozenset(ZEROS)}
