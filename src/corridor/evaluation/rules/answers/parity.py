"""Whether the same answers are judged the same in every language: the scorer-parity test.

The answers are data (`data/scorer_parity.json`), written by hand in each language and script, right ones
and wrong ones. Each is judged as it stands, decomposed, composed, and with invisible characters in it. A
row that is not as expected is a language gap of the scorer, or one that an answer gets away with.
"""

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corridor.evaluation.records import Verdict
from corridor.evaluation.records.datasets import Constraint, Item, Kind
from corridor.evaluation.rules.answers.score import judge

ITEMS: dict[str, Kind] = {
    "choice": "choice",
    "number": "number",
    "grouped": "number",
    "scaled": "number",
    "text": "text",
    "translation": "translation",
    "instruction": "instruction",
}
NUMBERS = {"number": "42", "grouped": "123456", "scaled": "100000"}
RIGHT = 1
"""Which of the choices, from 0."""
JOINERS = "\u200b\u200c"


@dataclass(frozen=True, slots=True)
class Case:
    """One way to answer, and how it is to be judged in every language."""

    id: str
    item: str
    """Which of the seven items it answers."""
    verdict: Verdict
    about: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is asked and answered in one language."""

    question: str
    choices: tuple[str, ...]
    reference: str
    """Two sentences."""
    answers: Mapping[str, str]
    """By case; a language to which a case does not apply has none."""


@dataclass(frozen=True, slots=True)
class Row:
    """How one answer was judged, in all its forms."""

    case: str
    language: str
    answer: str
    expected: Verdict
    verdict: Verdict
    """Of the first form that is not as expected, else of all."""
    score: float
    equal: bool
    plain: bool
    """Whether a scorer that knows only ASCII and `ANSWER:` calls it right."""


def rows(cases: Sequence[Case], spoken: Mapping[str, Spoken]) -> Iterator[Row]:
    """Judge every answer in every language."""
    for case in cases:
        for language, told in spoken.items():
            if case.id in told.answers:
                yield _row(case, language, told)


def forms(answer: str) -> tuple[str, ...]:
    """Return an answer as it stands, and others that a reader could not tell from it."""
    first, rest = answer[:1], answer[1:]
    return (
        answer,
        unicodedata.normalize("NFD", answer),
        unicodedata.normalize("NFC", answer),
        f"\ufeff{first}{rest}{JOINERS}\n",
    )


def _row(case: Case, language: str, told: Spoken) -> Row:
    item, answer = _item(case.item, language, told), told.answers[case.id]
    judged = [judge(form, item, ITEMS[case.item]) for form in forms(answer)]
    score = 1.0 if case.verdict == "right" else 0.0
    odd = [each for each in judged if (each.verdict, each.score) != (case.verdict, score)]
    shown = odd[0] if odd else judged[0]
    plain = _plain(answer, item, told.choices)
    return Row(case.id, language, answer, case.verdict, shown.verdict, shown.score, not odd, plain)


def _item(name: str, language: str, told: Spoken) -> Item:
    if name == "choice":
        return Item(name, language, told.question, choices=told.choices, target=RIGHT)
    if name in NUMBERS:
        return Item(name, language, "", (NUMBERS[name],))
    if name == "text":
        return Item(name, language, told.question, (told.choices[RIGHT],))
    if name == "translation":
        return Item(name, language, "", (told.reference,), target_language=language)
    return Item(name, language, "", constraints=(Constraint("sentences", 2),))


def _plain(answer: str, item: Item, choices: Sequence[str]) -> bool:
    """Tell whether a scorer that folds case, strips ASCII punctuation and knows `ANSWER:` counts it."""
    if item.choices:
        cue = re.search(r"answer\s*:\s*\(?([A-Z])\b", answer, re.IGNORECASE)
        return cue is not None and cue[1] == "ABCD"[RIGHT]
    if item.id in NUMBERS:
        found = re.findall(r"-?[0-9][0-9,]*(?:\.[0-9]+)?", answer)
        return bool(found) and found[-1].replace(",", "") == NUMBERS[item.id]
    said = answer.casefold().strip(string.punctuation + string.whitespace)
    return said in {each.casefold() for each in item.targets or choices}
