"""Settle a question with as few calls as it takes.

Items are asked in a drawn order until the answer is certain enough: whenever that is, the answer is wrong with at
most the stated chance. What was asked before is not asked again: a language or model with evidence is known,
and what other models said of the items helps to guess. The answers stay in the run's journal, so that a
full run goes on from them.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.adapters.journal import Skipped, key_of
from corridor.evaluation.adapters.logs import Json
from corridor.evaluation.errors import CapReached
from corridor.evaluation.records import Evaluation
from corridor.evaluation.records.datasets import Item
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
from corridor.evaluation.service.judging import judged
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
    rests_on: str = ""
    """The evidence that it is known from, by its id."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the score of a side, or of how much another one is above it."""

    question: Question
    side: Side
    base: Side | None = None
    """The question is of the base's score less the side's; None: of the side's score."""
    words: str = ""
    """The question."""

    @property
    def sides(self) -> tuple[Side, ...]:
        """Those that it is about."""
        return (self.side,) if self.base is None else (self.side, self.base)


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
    stopped: str
    """Why no more was asked."""
    unanswered: str = ""
    """The item that the provider would not answer, which left the question open."""
    cap: str = ""
    """The cap that was reached, which left the question open."""
    lines: tuple[Json, ...] = ()
    """What was asked and answered, item by item, for the full log."""


Told = Callable[[Come], None]


def _unheard(_: Come) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Looked:
    """The items that were looked at, in order."""

    values: list[float] = field(default_factory=list[float])
    lines: list[Json] = field(default_factory=list[Json])
    stopped: str = ""
    unanswered: str = ""
    cap: str = ""

    def take(self, item: str, found: "Found") -> bool:
        """Take an item in; return whether the next one may follow.

        Raises:
            NoAnswer, ModelChanged: if there is no value for any other reason than a cap.
        """
        if isinstance(found, CapReached):
            self.cap = str(found.facts.get("cap", ""))
            self.stopped = f"the cap on {self.cap} was reached"
            return False
        if isinstance(found, BaseException):
            raise found
        value, line = found
        self.lines.append({"item": item, "value": value, **line})
        if value is None:
            self.unanswered = item
            self.stopped = "an item was not answered, and nothing can be said beyond it"
            return False
        self.values.append(value)
        return True


Found = tuple[float | None, Json] | BaseException
"""A value and what was said, or why there is none."""


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
    rests_on = ""
    others: list[Scores] = []
    for reading in readings:
        scores = _scores(reading, language, data)
        if scores.keys() != items.keys():
            continue
        if reading.model_sha256 != plan.provider.model_sha256:
            others.append(scores)
        elif reading.method == plan.method and _is_of(reading, language, plan):
            known, rests_on = scores, reading.kept[language].record.id
    guess = {item: float(np.mean([each[item] for each in others])) for item in items if others}
    return Side(plan, language, items, known, guess, rests_on)


async def settle(
    runs: Runs, asked: Asked, seed: int, caps: Caps | None = None, told: Told = _unheard
) -> Settled:
    """Ask items until the question is settled, all were asked, or a cap is reached.

    Raises:
        Invalid: if the sides have no item in common.
        NoAnswer, ModelChanged, RunGoesOn: as a run does; give the same again to go on.
    """
    items = _items(asked)
    order = _order(asked, items, seed)
    full = len(items) * sum(side.known is None for side in asked.sides)
    looked = Looked()
    async with AsyncExitStack() as stack:
        ways = await _ways(stack, runs, asked, caps)
        at_once = min((_at_once(runs, side) for side in asked.sides), default=1)
        while not looked.stopped and _is_open(order, looked, asked):
            some = order.items[len(looked.values) :][:at_once]
            found = await asyncio.gather(
                *(_value(asked, ways, item) for item in some), return_exceptions=True
            )
            all(looked.take(item, each) for item, each in zip(some, found, strict=True))
            told(Come(len(looked.values), len(items), _calls(ways)))
        decision = decide(order, np.array(looked.values), asked.question)
        return Settled(
            decision,
            _calls(ways),
            full,
            looked.stopped
            or ("settled" if decision.asked < len(items) else "every item was asked"),
            looked.unanswered,
            looked.cap,
            tuple(looked.lines),
        )


Ways = Mapping[str, Calls]
"""By the digest of the run: two languages of one model share it."""


def _is_open(order: Order, looked: Looked, asked: Asked) -> bool:
    values = np.array(looked.values)
    return len(values) < len(order.items) and settled(order, values, asked.question)[0] == "open"


def _at_once(runs: Runs, side: Side) -> int:
    """Return how many items may be asked of a side together; what is known is asked of nobody."""
    return runs.settings.at_once if side.known else runs.interviewer.at_once(side.plan.provider)


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
    for side in asked.sides:
        if side.known is None and side.plan.digest not in ways:
            way = runs.interviewer.asking(side.plan, caps)
            ways[side.plan.digest] = await stack.enter_async_context(way)
    return ways


async def _value(asked: Asked, ways: Ways, item: str) -> tuple[float | None, Json]:
    score, side = await _score(asked.side, ways, item)
    if asked.base is None or score is None:
        return score, {"side": side}
    above, base = await _score(asked.base, ways, item)
    return None if above is None else above - score, {"side": side, "base": base}


async def _score(side: Side, ways: Ways, item: str) -> tuple[float | None, Json]:
    """Return the score of an item, None if the provider will not answer it, and what was said."""
    if side.known is not None:
        return side.known[item], {"score": side.known[item], "known_from": side.rests_on}
    made, one = side.plan, side.items[item]
    prompt = prompt_for(made.dataset, one, made.asking, made.seed)
    found = await ways[made.digest].ask(key_of(made.identity, prompt, 0), prompt)
    if isinstance(found, Skipped):
        return None, {"prompt": asdict(prompt), "reason": found.reason}
    verdict = judged(made, one, found.text).verdict
    score = float(verdict == "right")
    said = {"prompt": asdict(prompt), "answer": found.text, "declared": found.declared}
    return score, {"score": score, "verdict": verdict, **said}


def _calls(ways: Ways) -> int:
    return sum(calls.spent.calls for calls in ways.values())


def _scores(reading: Reading, language: str, data: str) -> Scores:
    """Return the scores of a reading's items in a language; none where its log or data are others."""
    kept = reading.kept.get(language)
    if kept is None or kept.record.suite_sha256 != data or language not in reading.answers:
        return {}
    if not isinstance(kept.record, Evaluation):
        return {}
    scores: dict[str, list[float]] = {}
    for sample in reading.answers[language]:
        scores.setdefault(sample.item, []).append(sample.score)
    return {item: float(np.mean(each)) for item, each in scores.items()}


def _is_of(reading: Reading, language: str, plan: Plan) -> bool:
    record = reading.kept[language].record
    return (record.provider, record.seed) == (plan.provider.name, plan.seed)
