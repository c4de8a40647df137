"""How near two texts are, in characters: no language needs spaces between words for it.

Character F1 is twice the longest common subsequence over the sum of both lengths, on normal forms without
spaces. chrF is that of Popovic (WMT 2015): character n-grams up to 6, beta 2, no word n-grams, averaged
over the orders that both texts have; on NFC texts without invisible characters, otherwise as they are.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from corridor.evaluation.rules.answers.normal import INVISIBLE, normal
from corridor.evaluation.rules.answers.spelling import joined

ORDER = 6
BETA = 2.0


def character_f1(answer: str, targets: Sequence[str], language: str) -> float:
    """Return the best character F1 of an answer against accepted texts, 0 to 1."""
    said = _letters(answer, language)
    return max((_f1(said, _letters(target, language)) for target in targets), default=0.0)


def chrf(answer: str, references: Sequence[str]) -> float:
    """Return the best chrF of a translation against references, 0 to 1."""
    said = _grams(composed(answer))
    return max((_chrf(said, _grams(composed(each))) for each in references), default=0.0)


def composed(text: str) -> str:
    """Return a text in NFC, without joiners and other invisible characters; nothing else is changed."""
    return unicodedata.normalize(
        "NFC", INVISIBLE.sub("", joined(unicodedata.normalize("NFC", text)))
    )


def common_subsequence(first: str, second: str) -> int:
    """Return the length of the longest common subsequence (bit-parallel: Hyyro, IPL 2004)."""
    places: dict[str, int] = {}
    for place, letter in enumerate(first):
        places[letter] = places.get(letter, 0) | 1 << place
    full = (1 << len(first)) - 1
    row = full
    for letter in second:
        matches = row & places.get(letter, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(first) - row.bit_count()


def _letters(text: str, language: str) -> str:
    return "".join(normal(text, language).split())


def _f1(said: str, wanted: str) -> float:
    if not said or not wanted:
        return 0.0
    return 2 * common_subsequence(said, wanted) / (len(said) + len(wanted))


def _grams(text: str) -> list[Counter[str]]:
    letters = "".join(text.split())
    return [
        Counter(letters[at : at + size] for at in range(len(letters) - size + 1))
        for size in range(1, ORDER + 1)
    ]


def _chrf(said: Sequence[Counter[str]], wanted: Sequence[Counter[str]]) -> float:
    pairs = [
        ((found & asked).total(), found.total(), asked.total())
        for found, asked in zip(said, wanted, strict=True)
        if found and asked
    ]
    if not pairs:
        return 0.0
    precision = sum(match / found for match, found, _ in pairs) / len(pairs)
    recall = sum(match / asked for match, _, asked in pairs) / len(pairs)
    if not precision + recall:
        return 0.0
    return (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)
