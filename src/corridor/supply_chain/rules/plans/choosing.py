"""Choosing measures within a budget, step by step: the most loss avoided for what it costs.

For each price that a measure has (for some of them, where there are many), one chain: among the
measures no dearer, again and again the one that avoids most for its cost; where no single one avoids
anything, the pair that does. The plan for a budget is the best beginning of any chain that it pays
for. What may be chosen only grows with the budget, so a plan with more budget is never worse. The order is lazy: a measure is looked at again
only if what it avoided before could still make it the best. That finds the same as looking at all
where measures weaken each other; where they strengthen each other it may find less. How far
that is from the best, `exact` says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from corridor.supply_chain.rules.lasting import DRAWS, HIGH, LOW, Floats
from corridor.supply_chain.rules.plans.courses import Course, Set

Aim = Literal["expected", "worst-case"]
Reading = Literal["mean", "low", "high"]
"""What of a loss counts: the mean of the draws, or one of the bounds."""
LEAST = 1e-9
"""A difference that is none."""
TIE = 1e-6
"""How much the weighted mean counts beside the worst case: it decides where that is equal."""
MOST_PAIRS, MOST_CHAINS = 500, 16
LEAST_COST = 0.5
"""What is free is taken to cost this, so that it can be divided by."""
Told = Callable[[str], None]
"""Hears what is being done."""


@dataclass(frozen=True)
class Question:
    """Scenarios with their weights, what each measure costs, and what is to be least."""

    courses: Sequence[Course]
    weights: Sequence[float]
    costs: Mapping[int, int]
    """By measure; one without a cost is not here and is never chosen."""
    aim: Aim = "expected"
    reading: Reading = "mean"

    def of(self, at: int, chosen: Set) -> float:
        """Return what one scenario loses."""
        return read(self.courses[at].loss(chosen), self.reading)

    def parts(self, chosen: Set) -> list[float]:
        """Return what each scenario loses."""
        return [self.of(at, chosen) for at in range(len(self.courses))]

    def loss(self, chosen: Set) -> float:
        """Return what is to be least."""
        return self.joined(self.parts(chosen))

    def joined(self, parts: Sequence[float]) -> float:
        """Return the losses of all scenarios as one: the weighted sum, or the worst that counts."""
        if self.aim == "expected":
            return float(np.dot(self.weights, parts))
        return max((p for p, w in zip(parts, self.weights, strict=True) if w > 0), default=0.0)

    def ranked(self, chosen: Set) -> float:
        """As `loss`; where the worst case is equal the weighted sum decides."""
        parts = self.parts(chosen)
        whole = self.joined(parts)
        if self.aim == "worst-case":
            whole += TIE * float(np.dot(self.weights, parts)) / max(sum(self.weights), LEAST)
        return whole

    def cost(self, chosen: Set) -> int:
        """Return what a set costs."""
        return sum(self.costs[at] for at in chosen)


@dataclass(frozen=True, slots=True)
class Step:
    """A set of measures in the order in which they were chosen."""

    chosen: tuple[int, ...]
    cost: int
    loss: float


def read(loss: Floats, reading: Reading) -> float:
    """Return one figure of a loss."""
    if reading == "mean":
        return float(loss[DRAWS:].mean())
    return float(loss[LOW if reading == "low" else HIGH])


def steps(question: Question, budget: int, told: Told = lambda _: None) -> list[Step]:
    """Return every set that was looked at as a plan, within a budget, the cheapest first."""
    found: dict[Set, Step] = {frozenset(): Step((), 0, question.loss(frozenset()))}
    for price in _levels(question.costs.values()):
        told(f"choosing among measures of at most {price:,}")
        among = [at for at, cost in question.costs.items() if cost <= price]
        for step in _chain(question, among, budget):
            found.setdefault(frozenset(step.chosen), step)
    for at, cost in question.costs.items():
        if cost <= budget:
            single = Step((at,), cost, question.loss(frozenset((at,))))
            found.setdefault(frozenset((at,)), single)
    return sorted(found.values(), key=lambda each: (each.cost, each.loss, len(each.chosen)))


def _levels(costs: Iterable[int]) -> list[int]:
    """Return the prices for which there is a chain, whatever the budget: at most so many, spread."""
    prices = sorted(set(costs))
    count = min(len(prices), MOST_CHAINS)
    return [prices[(at + 1) * len(prices) // count - 1] for at in range(count)]


def best(found: Sequence[Step], budget: int) -> Step:
    """Return the plan that leaves the least loss; of equal ones the cheapest."""
    within = [each for each in found if each.cost <= budget]
    return min(within, key=lambda each: (round(each.loss, 12), each.cost, len(each.chosen)))


def frontier(found: Sequence[Step]) -> list[Step]:
    """Return the plans that leave less than every cheaper one: loss over budget, as stairs."""
    stairs: list[Step] = []
    for each in found:
        if not stairs or each.loss < stairs[-1].loss - LEAST:
            if stairs and stairs[-1].cost == each.cost:
                stairs.pop()
            stairs.append(each)
    return stairs


def ranking(question: Question, most: int) -> tuple[int, ...]:
    """Return the measures that avoid most, one after the other, each costing alike."""
    alike = dict.fromkeys(question.costs, 1)
    found = _chain(replace(question, costs=alike), list(alike), most)
    return found[-1].chosen if found else ()


def _chain(question: Question, among: Sequence[int], budget: int) -> list[Step]:
    """Return the beginnings of a chain; it ends where the budget does, or nothing is avoided."""
    chosen: tuple[int, ...] = ()
    loss = question.ranked(frozenset())
    worth = dict.fromkeys(among, np.inf)
    found: list[Step] = []
    while worth:
        taken = _next(question, chosen, loss, worth) or _pair(question, chosen, loss, worth)
        chosen = (*chosen, *taken)
        cost = question.cost(frozenset(chosen))
        if not taken or cost > budget:
            break
        loss = question.ranked(frozenset(chosen))
        found.append(Step(chosen, cost, question.loss(frozenset(chosen))))
        for each in taken:
            del worth[each]
    return found


def _next(
    question: Question, chosen: Sequence[int], loss: float, worth: dict[int, float]
) -> tuple[int, ...]:
    """Return the measure that avoids most for its cost; nothing, if none avoids anything.

    `worth` is what each avoided for its cost when it was last looked at.
    """
    stale = list(worth)
    while stale:
        at = max(worth, key=lambda each: (worth[each], -each))
        if at not in stale:
            if worth[at] > 0:
                break
            at = stale[0]
        stale.remove(at)
        avoided = loss - question.ranked(frozenset((*chosen, at)))
        worth[at] = avoided / max(question.costs[at], LEAST_COST) if avoided > LEAST else 0.0
    at = max(worth, key=lambda each: (worth[each], -each))
    return (at,) if worth[at] > 0 else ()


def _pair(
    question: Question, chosen: Sequence[int], loss: float, waiting: Iterable[int]
) -> tuple[int, ...]:
    """Return the pair that avoids most for its cost; nothing, if none of those looked at does."""
    most, found = 0.0, tuple[int, ...]()
    for tried, pair in enumerate(combinations(sorted(waiting), 2)):
        if tried >= MOST_PAIRS:
            break
        avoided = loss - question.ranked(frozenset((*chosen, *pair)))
        worth = avoided / max(question.cost(frozenset(pair)), LEAST_COST)
        if avoided > LEAST and worth > most:
            most, found = worth, pair
    return found
