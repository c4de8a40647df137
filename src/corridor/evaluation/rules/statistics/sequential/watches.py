"""A question that is watched while a model is asked: from samples to a decision.

A run asks the items in the order of `plan.items`, in one language, and looks as often as it likes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.core.errors import Invalid
from corridor.evaluation.records.samples import JUDGED, Sample
from corridor.evaluation.rules.statistics.sequential.decisions import Decision, Question, decide
from corridor.evaluation.rules.statistics.sequential.plans import Plan, plan

UNKNOWN = 0.5
"""The guess for an item that no earlier model was asked."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A question, the order in which items are asked, and what they are compared with."""

    question: Question
    plan: Plan
    against: Mapping[str, float] | None
    """Scores by item of what was run before; values are these less the scores that come in. None: values
    are the scores."""

    def look(self, samples: Iterable[Sample]) -> Decision:
        """Return what is settled by the samples that are there, in whatever order they came.

        Of an item that was repeated the first judged answer counts. What comes after the first item
        without a judged answer waits until that is there: to go on without it would choose the items by
        what became of them.

        Raises:
            Invalid: if a score is not from 0 to 1.
        """
        scores: dict[str, float] = {}
        for sample in sorted(samples, key=lambda each: each.repeat):
            if sample.verdict in JUDGED:
                scores.setdefault(sample.item, sample.score)
        values: list[float] = []
        for item in self.plan.items:
            if item not in scores:
                break
            values.append(
                (self.against[item] if self.against else 0.0) + self._signed(scores[item])
            )
        return decide(self.plan, np.array(values, dtype=np.float64), self.question)

    def _signed(self, score: float) -> float:
        return -score if self.against else score


def watch(
    items: Sequence[str],
    question: Question,
    seed: int,
    *,
    against: Iterable[Sample] = (),
    earlier: Iterable[Sample] = (),
) -> Watch:
    """Return a watch over the items of a suite in one language.

    `against` are samples of what the answers are compared with and what has been run before: the same
    model in English ("is the gap under 5 points?" is under 0.05), or another model in this language ("is it
    better than that?" is under 0: the other one less this one). Then only items with a judged sample
    there are asked, and the suite of which the decision speaks is those. Without, the question is of
    the score itself. `earlier` are samples of other models in this language, which save calls.

    Raises:
        Invalid: if no item is left.
    """
    known = _means(against)
    asked = [item for item in items if item in known] if known else list(items)
    if not asked:
        raise Invalid("no item of the suite has been answered in what it is compared with")
    guessed = _means(earlier)
    drawn = plan(
        asked,
        seed,
        known=np.array([known[item] for item in asked]) if known else None,
        guess=np.array([guessed.get(item, UNKNOWN) for item in asked]) if guessed else None,
    )
    return Watch(question, drawn, known or None)


def _means(samples: Iterable[Sample]) -> dict[str, float]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for sample in samples:
        if sample.verdict in JUDGED:
            found[sample.item].append(sample.score)
    return {item: sum(scores) / len(scores) for item, scores in found.items()}
