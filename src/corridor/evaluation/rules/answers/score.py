"""How an answer to an item is judged, by its kind.

A judgement is the same for the same answer in whatever language: docs/reference/scorer-parity.md shows it.
The order in which verdicts are looked for is the same for all kinds: empty, right by a clear cue, refused,
right or wrong by what else can be read, another language or script, no answer to be read.
"""

from collections.abc import Callable
from dataclasses import dataclass

from corridor.evaluation.records import Verdict
from corridor.evaluation.records.datasets import Item, Kind
from corridor.evaluation.rules.answers.amounts import cued_amount, is_amount, last_amount
from corridor.evaluation.rules.answers.choices import cued_choice, letter, taken
from corridor.evaluation.rules.answers.constraints import kept
from corridor.evaluation.rules.answers.normal import clean, normal
from corridor.evaluation.rules.answers.overlap import character_f1, chrf
from corridor.evaluation.rules.answers.reading import without_reasoning
from corridor.evaluation.rules.answers.refusal import declines, quotes
from corridor.evaluation.rules.answers.texts import accepted, candidate
from corridor.evaluation.rules.answers.tongues import is_in


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer is worth, and why."""

    score: float
    """0 to 1."""
    verdict: Verdict
    extracted: str
    """What was read as the answer; empty where nothing could be."""
    scorer: str
    """Name and version of the rule."""
    partial: float | None = None
    """How near it is, 0 to 1, where the score is all or nothing: character F1, share of constraints."""


def judge(answer: str, item: Item, kind: Kind) -> Judged:
    """Judge an answer to an item.

    Raises:
        ValueError: if items of this kind are not answered (`parallel`), or a constraint of the item is not
            in the list or cannot be checked in its language.
    """
    if kind not in JUDGES:
        raise ValueError(f"items of kind {kind!r} are not answered but measured by likelihood")
    scorer, rule = JUDGES[kind]
    said = without_reasoning(answer)
    if not normal(said):
        return Judged(0.0, "empty", "", scorer)
    return rule(said, item, scorer)


def _choice(answer: str, item: Item, scorer: str) -> Judged:
    text = clean(answer)
    index = cued_choice(text, item.choices, item.language)
    if index is None:
        index = taken(text, item.choices, item.language)
    if index is None:
        return _unread(text, item, scorer)
    return _decided(index == item.target, letter(index), scorer)


def _number(answer: str, item: Item, scorer: str) -> Judged:
    text = clean(answer)
    given = cued_amount(text, item.language)
    if given is None and declines(text, item.language):
        return Judged(0.0, "refusal", "", scorer)
    given = given or last_amount(text, item.language)
    if given is None:
        return _unread(text, item, scorer)
    found, within = given
    right = is_amount(given, item.targets, item.language)
    return _decided(right, within[found.start : found.end].strip(), scorer)


def _text(answer: str, item: Item, scorer: str) -> Judged:
    text = clean(answer)
    said = accepted(text, item.targets, item.question, item.language)
    if said is not None:
        return Judged(1.0, "right", said, scorer, 1.0)
    said = candidate(text, item.language)
    near = character_f1(said, item.targets, item.language)
    if declines(text, item.language) and not quotes(item.targets, item.language):
        return Judged(0.0, "refusal", "", scorer, 0.0)
    verdict: Verdict = "wrong" if is_in(said, item.language) else "language"
    return Judged(0.0, verdict, said, scorer, near)


def _translation(answer: str, item: Item, scorer: str) -> Judged:
    language = item.target_language or item.language
    text = clean(answer)
    if declines(text, language) and not quotes((*item.targets, item.context), language):
        return Judged(0.0, "refusal", "", scorer)
    copied = normal(answer) == normal(item.context) and bool(item.context)
    if copied or not is_in(answer, language):
        return Judged(0.0, "language", answer.strip(), scorer)
    score = chrf(answer, item.targets)
    return Judged(score, "right" if score >= 1.0 - 1e-12 else "wrong", answer.strip(), scorer)


def _instruction(answer: str, item: Item, scorer: str) -> Judged:
    results = kept(answer, item.constraints, item.language)
    if not results:
        raise ValueError(f"item {item.id} has no constraint to be judged by")
    said, share = answer.strip(), sum(results) / len(results)
    if all(results):
        return Judged(1.0, "right", said, scorer, share)
    if declines(clean(answer), item.language) and not quotes((item.question,), item.language):
        return Judged(0.0, "refusal", "", scorer, share)
    asked = item.target_language or item.language
    verdict: Verdict = "wrong" if is_in(answer, asked) else "language"
    return Judged(0.0, verdict, said, scorer, share)


def _unread(text: str, item: Item, scorer: str) -> Judged:
    verdict: Verdict = "refusal" if declines(text, item.language) else "format"
    return Judged(0.0, verdict, "", scorer)


def _decided(right: bool, extracted: str, scorer: str) -> Judged:
    return Judged(float(right), "right" if right else "wrong", extracted, scorer)


JUDGES: dict[Kind, tuple[str, Callable[[str, Item, str], Judged]]] = {
    "choice": ("choice@1", _choice),
    "number": ("number@1", _number),
    "text": ("text@1", _text),
    "translation": ("chrf@1", _translation),
    "instruction": ("constraints@1", _instruction),
}
