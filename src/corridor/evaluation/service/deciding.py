"""Settle a question with as few calls as it takes.

Items are asked in a drawn order until the answer is certain enough: whenever that is, the answer is wrong with at
most the stated chance. What was asked before is not asked again: a language or model with evidence is known,
and what other models said of the items helps to guess. The answers stay in the run's journal, so that a
full run goes on from them.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.adapters.journal import Skipped, key_of
from corridor.evaluation.adapters.logs import samples_in
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.rules.answers import judge
from corridor.evaluation.rules.caps import Caps
from corridor.evaluation.rules.prompts import prompt_for
from corridor.evaluation.rules.statistics.outcomes import Floats
from corridor.evaluation.rules.statistics.sequential import (
    Decision,
    Question,
    decide,
    plan,
    settled,
)
from corridor.evaluation.rules.statistics.sequential import Plan as Order
from corridor.evaluation.service.calls import Calls
from corridor.evaluation.service.plans import Plan
from corridor.evaluation.service.reading import Reading
from corridor.evaluation.service.runs import Runs

DECIDABLE = frozenset(("choice", "text", "number", "instruction"))
"""Kinds of data sets whose answers are right or wrong."""
Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Side:
    """A model in a language."""

    plan: Plan
    language: str
    items: Mapping[str, Item]
    """By their ids, in the order of the data set."""
    known: Scores | None
    """By item, where it was run in full; None where it is still to be asked."""
    guess: Scores
    """What other models' answers make of the items; none where there are no others."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the score of a side, or of how much another one is above it."""

    question: Question
    side: Side
    base: Side | None = None
    """The question is of the base's score less the side's; None: of the side's score."""


@dataclass(frozen=True, slots=True)
class Come:
    """How far it has come."""

    asked: int
    of: int
    calls: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a question."""

    decision: Decision
    calls: int
    """Requests that were sent for it, in this run and before."""
    full: int
    """Requests that a full run of what was not known would have needed."""
    unanswered: str = ""
    """The item that the provider would not answer, which left the question open."""


Told = Callable[[Come], None]


def _unheard(_: Come) -> None:
    """Tell nobody."""


def side_of(plan: Plan, language: str, readings: Sequence[Reading]) -> Side:
    """Return a model in a language, with what is known of it and of other models.

    Raises:
        Invalid: if answers to such a data set are not right or wrong, or items are asked repeatedly.
    """
    if plan.dataset.kind not in DECIDABLE or plan.asking.repeats != 1:
        raise Invalid(
            f"{plan.dataset.name} cannot be decided on: answers must be right or wrong, asked once."
        )
    items = {item.id: item for item in plan.dataset.of(language)}
    data = plan.data_sha256(language)
    known: Scores | None = None
    others: list[Scores] = []
    for reading in readings:
        scores = _scores(reading, language, data)
        if scores.keys() != items.keys():
            continue
        if reading.model_sha256 != plan.provider.model_sha256:
            others.append(scores)
        elif reading.method == plan.method and _is_of(reading, language, plan):
            known = scores
    guess = {item: float(np.mean([each[item] for each in others])) for item in items if others}
    return Side(plan, language, items, known, guess)


async def settle(
    runs: Runs, asked: Asked, seed: int, caps: Caps | None = None, told: Told = _unheard
) -> Settled:
    """Ask items until the question is settled, or all were asked.

    Raises:
        Invalid: if the sides have no item in common.
        NoAnswer, CapReached, ModelChanged, RunGoesOn: as a run does; give the same again to go on.
    """
    items = _items(asked)
    order = _order(asked, items, seed)
    full = len(items) * sum(side.known is None for side in _sides(asked))
    values: list[float] = []
    async with AsyncExitStack() as stack:
        ways = await _ways(stack, runs, asked, caps)
        unknown = [side for side in _sides(asked) if side.known is None]
        at_once = min(
            (runs.interviewer.at_once(side.plan.provider) for side in unknown), default=len(items)
        )
        place = 0
        while settled(order, np.array(values), asked.question)[0] == "open" and place < len(items):
            some = order.items[place : place + at_once]
            found = await _values(asked, ways, some)
            for item, value in zip(some, found, strict=True):
                if value is None:
                    return Settled(_decided(order, values, asked), _calls(ways), full, item)
                values.append(value)
            place += len(some)
            told(Come(len(values), len(items), _calls(ways)))
        return Settled(_decided(order, values, asked), _calls(ways), full)


Ways = Mapping[str, Calls]
"""By the digest of the run: two languages of one model share it."""


def _sides(asked: Asked) -> tuple[Side, ...]:
    return (asked.side,) if asked.base is None else (asked.side, asked.base)


def _items(asked: Asked) -> list[str]:
    items = list(asked.side.items)
    if asked.base is not None:
        items = [item for item in items if item in asked.base.items]
    if not items:
        raise Invalid("They have no item in common.")
    return items


def _order(asked: Asked, items: Sequence[str], seed: int) -> Order:
    side, base = asked.side, asked.base
    guess = _column(side.guess, items)
    if base is None:
        return plan(items, seed, known=None, guess=guess)
    if base.known is not None:
        return plan(items, seed, known=_column(base.known, items), guess=guess, paired=True)
    above = _column(base.guess, items)
    difference = None if guess is None or above is None else above - guess
    return plan(items, seed, guess=difference, paired=True)


def _column(scores: Scores, items: Sequence[str]) -> Floats | None:
    return np.array([scores[item] for item in items]) if scores else None


async def _ways(stack: AsyncExitStack, runs: Runs, asked: Asked, caps: Caps | None) -> Ways:
    ways: dict[str, Calls] = {}
    for side in _sides(asked):
        if side.known is None and side.plan.digest not in ways:
            way = runs.interviewer.asking(side.plan, caps)
            ways[side.plan.digest] = await stack.enter_async_context(way)
    return ways


async def _values(asked: Asked, ways: Ways, items: Sequence[str]) -> list[float | None]:
    return await asyncio.gather(*(_value(asked, ways, item) for item in items))


async def _value(asked: Asked, ways: Ways, item: str) -> float | None:
    score = await _score(asked.side, ways, item)
    if asked.base is None or score is None:
        return score
    above = await _score(asked.base, ways, item)
    return None if above is None else above - score


async def _score(side: Side, ways: Ways, item: str) -> float | None:
    """Return the score of an item; None if the provider will not answer it."""
    if side.known is not None:
        return side.known[item]
    made, one = side.plan, side.items[item]
    prompt = prompt_for(made.dataset, one, made.asking, made.seed)
    found = await ways[made.digest].ask(key_of(made.identity, prompt, 0), prompt)
    if isinstance(found, Skipped):
        return None
    return float(judge(found.text, one, made.dataset.kind).verdict == "right")


def _decided(order: Order, values: Sequence[float], asked: Asked) -> Decision:
    return decide(order, np.array(values), asked.question)


def _calls(ways: Ways) -> int:
    return sum(calls.spent.calls for calls in ways.values())


def _scores(reading: Reading, language: str, data: str) -> Scores:
    """Return the scores of a reading's items in a language; none where its log or data are others."""
    kept = reading.kept.get(language)
    if kept is None or kept.record.suite_sha256 != data or language not in reading.lines:
        return {}
    scores: dict[str, list[float]] = {}
    for sample in samples_in(reading.lines[language]):
        scores.setdefault(sample.item, []).append(sample.score)
    return {item: float(np.mean(each)) for item, each in scores.items()}


def _is_of(reading: Reading, language: str, plan: Plan) -> bool:
    record = reading.kept[language].record
    return (record.provider, record.seed) == (plan.provider.name, plan.seed)
