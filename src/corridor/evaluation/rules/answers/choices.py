"""Which of the choices an answer takes.

In this order: the whole answer is the letter or the text of one choice; the last cue that is followed by
one; a sentence or line that says nothing but one letter (`B`, `(B)`, `Bです。`, `B सही उत्तर है`), if all such
say the same. An answer that takes several choices, or denies the one it names, takes none. Where letter
and text disagree the letter counts. Digits are no letters: they may be what a choice says.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from corridor.evaluation.rules.answers.cues import PART, cued
from corridor.evaluation.rules.answers.denials import denied
from corridor.evaluation.rules.answers.normal import clean
from corridor.evaluation.rules.answers.reading import LETTERS, MARKUP, clauses, patterns
from corridor.evaluation.rules.answers.texts import same

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
AFTER_SMALL = r"(?=[\s*_`\"'”’」』)\]}>]*(?:[.):,;!?。、।॥۔]|$|[^\x00-\x7f]))"
"""What must follow a small letter: `the answer is a dog` takes no choice."""
AFTER_KANA = f"(?=です|が|は|で|を|の|と|[^{LETTERS}]|$)"
JOIN = r"[,、،/&|;+]"
KANA = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def taken(answer: str, choices: Sequence[str], language: str) -> int | None:
    """Return which choice a clean answer takes, without a cue's help."""
    whole = _only(answer, len(choices), language)
    if whole is not None:
        return whole
    said = {index for index, choice in enumerate(choices) if same(answer, choice, language)}
    if said:
        return said.pop() if len(said) == 1 else None
    return _by_clauses(answer, len(choices), language)


def cued_choice(answer: str, choices: Sequence[str], language: str) -> int | None:
    """Return which choice the last cue of a clean answer that names one names, if it names only one."""
    for each in reversed(cued(answer, language)):
        found = _said(each.rest, choices, language) if each.parted else None
        if found is not None:
            return found
        label = _leading(len(choices), language).match(each.rest)
        if label and not denied(each.rest, *label.span("label"), language):
            return (
                None
                if _goes_on(each.rest, label, len(choices), language)
                else _index(label, language)
            )
    return None


def several(answer: str, count: int, language: str) -> bool:
    """Tell whether a clean answer lists two or more choices by their letters: `A) ... B) ...`."""
    found = _listed(count, language).finditer(answer)
    return len({_index(each, language) for each in found}) > 1


def letter(index: int) -> str:
    """Return the letter of a choice, from 0."""
    return LATIN[index] if index < len(LATIN) else str(index)


def _said(rest: str, choices: Sequence[str], language: str) -> int | None:
    """Return the choice whose text follows a cue; a bare letter is no text."""
    if _only(rest, len(choices), language) is not None:
        return None
    said = [index for index, choice in enumerate(choices) if same(rest, choice, language)]
    return said[0] if len(said) == 1 else None


def _by_clauses(answer: str, count: int, language: str) -> int | None:
    if several(answer, count, language):
        return None
    found: set[int] = set()
    for clause in clauses(answer):
        label = _only(clause, count, language)
        if label is None:
            head = _heading(count, language).match(clause)
            label = _index(head, language) if head else None
        if label is not None:
            found.add(label)
    return found.pop() if len(found) == 1 else None


def _only(text: str, count: int, language: str) -> int | None:
    """Return the label where a text says nothing else."""
    match = _alone(count, language).fullmatch(text)
    return _index(match, language) if match else None


def _index(match: re.Match[str], language: str) -> int:
    label = match["label"]
    return LATIN.index(label.upper()) if label.isascii() else local_labels(language)[label]


def _goes_on(text: str, first: re.Match[str], count: int, language: str) -> bool:
    """Tell whether another label is joined to the first by a comma or by a word for or."""
    more = _joined(count, language).match(text, first.end("label"))
    return more is not None and _index(more, language) != _index(first, language)


@cache
def local_labels(language: str) -> dict[str, int]:
    """Return the letters of a language for choices; one that two rows number differently is left out."""
    found: dict[str, set[int]] = {}
    for row in patterns(language).labels:
        for index, each in enumerate(row.split()):
            found.setdefault(clean(each), set()).add(index)
    return {each: min(places) for each, places in found.items() if len(places) == 1}


@lru_cache(maxsize=1024)
def _label(count: int, language: str) -> str:
    capitals = LATIN[: min(count, len(LATIN))]
    end = r"(?![A-Za-z0-9_]|['’][a-z])"
    before = "(?<![A-Za-z0-9_])"
    forms = [
        f"(?-i:{before}[{capitals}]){end}",
        f"(?-i:{before}[{capitals.lower()}]){end}{AFTER_SMALL}",
    ]
    local = [each for each, index in local_labels(language).items() if index < count]
    kana = "|".join(each for each in local if KANA.match(each))
    other = "|".join(each for each in local if not KANA.match(each))
    if kana:
        forms.append(f"(?<![{LETTERS}])(?:{kana}){AFTER_KANA}")
    if other:
        forms.append(f"(?<![{LETTERS}])(?:{other})(?![{LETTERS}])")
    return f"(?P<label>{'|'.join(forms)})"


@lru_cache(maxsize=1024)
def _alone(count: int, language: str) -> re.Pattern[str]:
    small = f"(?:{MARKUP}|{PART}|{patterns(language).frame}|[.,、。।॥۔᱾꯫!])*"
    return re.compile(f"{small}{_label(count, language)}{small}", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _leading(count: int, language: str) -> re.Pattern[str]:
    small = f"(?:{MARKUP}|{PART}|{patterns(language).gap})*"
    return re.compile(f"{small}{_label(count, language)}", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _heading(count: int, language: str) -> re.Pattern[str]:
    small = f"(?:{MARKUP}|{patterns(language).gap})*"
    return re.compile(rf"{small}{_label(count, language)}[*_\s]*[)\]:：、]", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _joined(count: int, language: str) -> re.Pattern[str]:
    either = patterns(language).either
    between = (
        f"(?:{MARKUP})*(?:{JOIN}|{either})(?:{MARKUP}|{JOIN}|{either}|{patterns(language).gap})*"
    )
    return re.compile(f"{between}{_label(count, language)}", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _listed(count: int, language: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![{LETTERS}]){_label(count, language)}[*_]*[.)\]:：]", re.IGNORECASE)
