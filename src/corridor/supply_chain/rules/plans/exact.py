"""The best plan within a budget, proved by an integer program, as far as the time allows.

The loss of a scenario is no sum over measures: they weaken and strengthen each other. So for each
scenario every set of the measures that matter to it, as far as the budget pays for it, is put to the
engine; the program then chooses, for each scenario, one of these sets among the measures that are
bought. Loss only falls with more measures, so it need not be said that the others are not bought.
Sets that leave no less than a smaller one are left out. That is exact, whatever the engine computes.

Where the time is over before all sets were put to the engine, sets larger than all those are taken to
leave what all measures together leave, which is the least they can. So the bound holds, and the
gap says how far the plan may be from the best.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from corridor.supply_chain.rules.plans.choosing import Question, Step, Told
from corridor.supply_chain.rules.plans.courses import Set
from corridor.supply_chain.rules.programs import Program

MOST_SETS = 30_000
"""Of all scenarios together; the program would not be solved in any time with more."""
FOR_ENGINE = 0.7
"""The part of the time in which sets are put to the engine."""
SAME = 1e-12
SLACK = 1e-7
"""What the solver may be off by."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The best plan that was found, and how good any can be."""

    step: Step
    bound: float
    """No plan within the budget leaves less."""
    exact: bool
    sets: int
    """How many sets were put to the engine, over all scenarios."""
    missing: int
    """How many scenarios have sets that were not."""


@dataclass
class _Sets:
    """The sets of one scenario that were put to the engine, by size."""

    at: int
    matter: Sequence[int]
    left: dict[Set, float] = field(default_factory=dict[Set, float])
    size: int = -1
    """All sets of at most this size are there."""
    whole: bool = False
    """Whether all sets that the budget pays for are there."""

    def useful(self) -> Iterator[tuple[Set, float]]:
        """Yield the sets that leave less than any with one measure less."""
        for chosen, loss in self.left.items():
            if all(loss < self.left[chosen - {each}] - SAME for each in chosen):
                yield chosen, loss


def proved(
    question: Question,
    budget: int,
    known: Step,
    seconds: float,
    told: Told = lambda _: None,
    most: int = MOST_SETS,
) -> Proof:
    """Return the best plan within a budget; `known` is one that is there already.

    At most so many sets are put to the engine.
    """
    started = time.monotonic()
    tried = _tried(question, budget, started + FOR_ENGINE * seconds, most, told)
    program = _program(question, budget, tried)
    told(f"solving a program of {len(program.names):,} variables")
    best, bound, exact = known, 0.0, False
    while True:
        answer = program.solved(started + seconds - time.monotonic())
        bound = max(bound, answer.bound or 0.0)
        found = frozenset(int(name) for name in answer.chosen("buy"))
        if question.cost(found) <= budget:
            best, exact = min(best, _step(question, found), key=_loss), answer.exact
            break
        if time.monotonic() > started + seconds:
            break
        # Within the solver's tolerance and still beyond the budget: never this set again.
        buy = {program.variable("buy", str(each)): -1.0 for each in found}
        program.add(buy, 1.0 - len(found))
    missing = sum(not each.whole for each in tried)
    bound = min(best.loss, max(bound - SLACK, 0.0))
    exact = (exact and not missing) or best.loss - bound <= SLACK
    sets = sum(len(each.left) for each in tried)
    return Proof(best, best.loss if exact else bound, exact, sets, missing)


def _loss(step: Step) -> float:
    return step.loss


def _tried(question: Question, budget: int, until: float, most: int, told: Told) -> list[_Sets]:
    counted = [at for at, weight in enumerate(question.weights) if weight > 0]
    tried = [_Sets(at, _affordable(question, at, budget)) for at in counted]
    while unfinished := [sets for sets in tried if not sets.whole]:
        each = min(unfinished, key=lambda sets: sets.size)
        told(f"{question.courses[each.at].name}: sets of {each.size + 1} measures")
        room = most - sum(len(sets.left) for sets in tried)
        if not _one_size_more(question, each, budget, until, room):
            break
    return tried


def _affordable(question: Question, at: int, budget: int) -> list[int]:
    return sorted(
        each
        for each in question.courses[at].matter
        if question.costs.get(each, budget + 1) <= budget
    )


def _one_size_more(question: Question, sets: _Sets, budget: int, until: float, room: int) -> bool:
    """Put all sets that are larger by one to the engine; say whether there was time for all."""
    found: dict[Set, float] = {}
    for each in combinations(sets.matter, sets.size + 1):
        chosen = frozenset(each)
        if question.cost(chosen) > budget:
            continue
        if len(found) >= room or (sets.size >= 0 and time.monotonic() > until):
            return False
        found[chosen] = question.of(sets.at, chosen)
    sets.left |= found
    sets.size += 1
    sets.whole = not found or sets.size == len(sets.matter)
    return True


def _program(question: Question, budget: int, tried: Sequence[_Sets]) -> Program:
    program = Program()
    priced = [at for at, cost in question.costs.items() if cost <= budget]
    buy = {at: program.variable("buy", str(at)) for at in priced}
    program.add({buy[at]: -question.costs[at] / budget for at in priced}, -1.0)
    worst = question.aim == "worst-case"
    most = program.variable("worst", "", 1.0, whole=False) if worst else -1
    for sets in tried:
        weight = question.weights[sets.at]
        one: dict[int, float] = {}
        lost: dict[int, float] = {}
        using: dict[int, dict[int, float]] = {at: {buy[at]: 1.0} for at in sets.matter}
        for number, (chosen, loss) in enumerate(sets.useful()):
            cost = 0.0 if worst else weight * loss
            use = program.variable("use", f"{sets.at}/{number}", cost, whole=False)
            one[use], lost[use] = 1.0, -loss
            for at in chosen:
                using[at][use] = -1.0
        if not sets.whole:
            least = question.of(sets.at, frozenset(sets.matter))
            larger = program.variable("larger", str(sets.at), 0.0 if worst else weight * least)
            one[larger], lost[larger] = 1.0, -least
            program.add({**{buy[at]: 1.0 for at in sets.matter}, larger: -float(sets.size + 1)})
        program.add(one, 1.0)
        for terms in using.values():
            program.add(terms)
        if worst:
            program.add({most: 1.0, **lost})
    return program


def _step(question: Question, found: Set) -> Step:
    """Return a plan without what it does not need, in the order of what each avoids."""
    loss = question.loss(found)
    for at in sorted(found, key=lambda each: (-question.costs[each], each)):
        if question.loss(found - {at}) <= loss + SAME:
            found -= {at}
    order = tuple[int, ...]()
    while len(order) < len(found):
        rest = [at for at in sorted(found) if at not in order]
        order = (*order, min(rest, key=lambda at: question.ranked(frozenset((*order, at)))))
    return Step(order, question.cost(found), question.loss(found))
