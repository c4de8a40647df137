"""Which figure that nobody knows is worth finding out first.

Each is moved to its ends, alone; a measure that matters at an end matters without the move, too, for
the upper bound holds whatever the figure is. If another plan then leaves less than the one that was chosen, the
difference is what not knowing costs. No plan leaves less than all measures together; so what the
plan leaves more than those bounds that difference, and is found without choosing anew. Plans are chosen
anew, step by step, for the figures with the largest bounds.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from corridor.supply_chain.records import Dependency, Disruption, Range, bounds
from corridor.supply_chain.rules.hits import Hit
from corridor.supply_chain.rules.lasting import DRAWS, HIGH, LOW, Buffer
from corridor.supply_chain.rules.plans.choosing import Question, Told, best, steps
from corridor.supply_chain.rules.plans.courses import Course, Edge, Set, Terms, course, drawn_away
from corridor.supply_chain.rules.plans.measures import Measure

TINY = 1e-12
REGRET = 1e-6
"""A plan that leaves more than another by less than this is as good."""
Moved = Callable[[float], Question]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that is not known: its ends, and the question with it at one of them."""

    name: str
    unit: str
    low: float
    high: float
    at: Moved


@dataclass(frozen=True, slots=True)
class Worth:
    """What it would change to know a figure."""

    figure: Figure
    loss_low: float
    loss_high: float
    """What the plan leaves with the figure at its ends."""
    regret: float | None
    """How much more the plan leaves than the best that was found; None where none was sought."""

    at_most: float
    """What that cannot be above."""

    @property
    def changes_plan(self) -> bool:
        """Whether another plan was found that leaves less at one end."""
        return self.regret is not None and self.regret > REGRET


def worth_finding(
    question: Question,
    costs_low: Question,
    chosen: Set,
    budget: int,
    most: int,
    unsure: Set = frozenset(),
    seconds: float = 60.0,
    told: Told = lambda _: None,
) -> tuple[list[Worth], int]:
    """Return the figures that are worth finding out, first those that would change the plan most.

    `unsure` are the scenarios of which nobody has said how likely they are; `costs_low` is the question with every cost at its least. At most so many figures have a plan
    chosen anew for them; the others come after, by what it could change at most. When the time is
    over no more are moved: the second is how many were not.
    """
    until = time.monotonic() + seconds
    figures = list(_figures(question, costs_low, unsure))
    affordable = frozenset(at for at, cost in question.costs.items() if cost <= budget)
    for each in question.courses:
        each.hold(chosen)
        each.hold(affordable | chosen)
    seen: list[Worth] = []
    number = 0
    for number, figure in enumerate(figures, start=1):
        told(f"unknown figure {number} of {len(figures)}: {figure.name}")
        worth = _bounded(figure, chosen, budget)
        if worth.at_most > REGRET:
            seen.append(worth)
        if time.monotonic() > until:
            break
    unmoved = len(figures) - number
    seen.sort(key=lambda each: -each.at_most)
    for at, each in enumerate(seen[:most]):
        if time.monotonic() > until:
            break
        told(f"plans for {at + 1} of {min(most, len(seen))}: {each.figure.name}")
        seen[at] = replace(each, regret=_regret(each.figure, chosen, budget))
    return sorted(seen, key=_by_worth), unmoved


def _by_worth(each: Worth) -> tuple[int, float]:
    """Those that change the plan, then those that were not looked at, then those that do not."""
    if each.regret is None:
        return 1, -each.at_most
    return (0, -each.regret) if each.changes_plan else (2, -each.at_most)


def _bounded(figure: Figure, chosen: Set, budget: int) -> Worth:
    left: list[float] = []
    at_most = 0.0
    for end in (figure.low, figure.high):
        moved = figure.at(end)
        affordable = frozenset(at for at, cost in moved.costs.items() if cost <= budget)
        left.append(moved.loss(chosen))
        at_most = max(at_most, left[-1] - moved.loss(affordable | chosen))
    return Worth(figure, left[0], left[1], None, at_most)


def _regret(figure: Figure, chosen: Set, budget: int) -> float:
    most = 0.0
    for end in (figure.low, figure.high):
        moved = figure.at(end)
        other = best(steps(moved, budget), budget)
        most = max(most, moved.loss(chosen) - other.loss)
    return most


def _figures(question: Question, costs_low: Question, unsure: Set) -> Iterator[Figure]:
    yield from _of_dependencies(question)
    yield from _shares(question)
    yield from _durations(question)
    yield from _of_measures(question)
    yield from _likelihoods(question, unsure)
    yield from _costs(question, costs_low)


def _with(question: Question, at: int, moved: Course) -> Question:
    return _in_place(question, at, replace(moved, at_most=question.courses[at].matter, known={}))


def _in_place(question: Question, at: int, moved: Course) -> Question:
    courses = list(question.courses)
    courses[at] = moved
    return replace(question, courses=courses)


def _shares(question: Question) -> Iterator[Figure]:
    """Yield how much of a supply is hit, and how much of that is taken away."""
    for at, each in enumerate(question.courses):
        for number, (name, hit) in enumerate(each.stated):
            if name not in each.order:
                continue
            who = ", ".join(hit.who[:3])
            if hit.low < hit.high:

                def share(x: float, at: int = at, number: int = number) -> Question:
                    return _hit(question, at, number, {"low": x, "high": x, "stated": None})

                yield Figure(
                    f"share of {who} in {name} ({each.name})", "part", hit.low, hit.high, share
                )
            if hit.lost_low < hit.lost_high:

                def lost(x: float, at: int = at, number: int = number) -> Question:
                    return _hit(question, at, number, {"lost_low": x, "lost_high": x})

                yield Figure(
                    f"part of {name} that is lost ({each.name})",
                    "part",
                    hit.lost_low,
                    hit.lost_high,
                    lost,
                )


def _hit(question: Question, at: int, number: int, moved: dict[str, float | None]) -> Question:
    of = question.courses[at]
    stated = list(of.stated)
    name, hit = stated[number]
    stated[number] = (name, Hit.model_validate({**hit.model_dump(), **moved}))
    taken = drawn_away(of.terms, of.number, stated, of.acting)
    return _in_place(question, at, of.moved(name, stated=stated, taken=taken))


def _durations(question: Question) -> Iterator[Figure]:
    for at, each in enumerate(question.courses):
        for number, disruption in enumerate(each.disruptions):
            stated = disruption.duration_days
            low, high = (0.0, each.terms.horizon) if stated is None else bounds(stated)
            if low < high:

                def moved(x: float, at: int = at, number: int = number) -> Question:
                    of = question.courses[at]
                    changed: list[Disruption] = list(of.disruptions)
                    changed[number] = changed[number].model_copy(update={"duration_days": x})
                    return _with(
                        question, at, course(of.name, of.terms, changed, of.number, of.stated)
                    )

                yield Figure(f"duration of {each.name}", "days", low, high, moved)


def _of_dependencies(question: Question) -> Iterator[Figure]:
    """Yield how much an input counts where it is not essential, and how long its stocks last."""
    lost = {name for each in question.courses for name in each.bare}
    horizon = question.courses[0].terms.horizon
    for into, mine in question.courses[0].needs.items():
        known = sum(d.share[0] for d in mine if d.share is not None and _partly(d))
        for need in mine:
            if need.input not in lost or need.alternative is not None:
                continue
            edge = (need.input, into)
            low, high = need.share or (0.0, max(0.0, 1.0 - known))
            if _partly(need) and low < high:
                moved = partial(_everywhere, question, edge, _weighing)
                yield Figure(f"weight of {need.input} in {into}", "part", low, high, moved)
            low, high = need.inventory or (0.0, horizon)
            if low < high:
                moved = partial(_everywhere, question, edge, _storing)
                yield Figure(f"stocks of {need.input} for {into}", "days", low, high, moved)


def _partly(need: Dependency) -> bool:
    return need.essentiality == 1 and need.alternative is None


def _everywhere(
    question: Question, edge: Edge, move: Callable[[Course, Edge, float], Course], figure: float
) -> Question:
    """Return the question with a dependency moved in each scenario that it matters to."""
    courses = [move(c, edge, figure) if edge[0] in c.bare else c for c in question.courses]
    return replace(question, courses=courses)


def _weighing(of: Course, edge: Edge, weight: float) -> Course:
    """Return a scenario with a weight known; those that are not known share what is left."""
    input_, into = edge
    needs, weights = of.needs[into], dict(of.weights[into])
    before = weights[input_]
    others = [weights[d.input] for d in needs if d.share and _partly(d) and d.input != input_]
    room = np.maximum(0.0, 1.0 - sum(others, np.zeros_like(before)))
    scale = np.maximum(0.0, room - weight) / np.maximum(room - before, TINY)
    weights[input_] = np.full_like(before, weight)
    for need in needs:
        if _partly(need) and need.share is None and need.input != input_:
            scaled = weights[need.input] * scale
            scaled[LOW], scaled[HIGH] = 0.0, max(0.0, room[HIGH, 0] - weight)
            weights[need.input] = scaled
    update = {"quantity": weight, "quantity_low": None, "quantity_high": None}
    known = tuple(d.model_copy(update=update) if d.input == input_ else d for d in needs)
    return of.moved(into, needs={**of.needs, into: known}, weights={**of.weights, into: weights})


def _storing(of: Course, edge: Edge, days: float) -> Course:
    """Return a scenario in which it is known how long the stocks of an input last."""
    rows = DRAWS + of.terms.draws
    before = of.buffers.get(edge) or Buffer(np.zeros(rows), np.full(rows, np.inf), np.zeros(rows))
    stock = replace(before, stock=np.full(rows, days))
    return of.moved(edge[1], buffers={**of.buffers, edge: stock})


def _of_measures(question: Question) -> Iterator[Figure]:
    measures = question.courses[0].terms.measures
    for number, measure in enumerate(measures):
        for field, unit in (("part", "per cent"), ("lead_days", "days")):
            stated = getattr(measure, field)
            if number in question.costs and isinstance(stated, Range) and stated.low < stated.high:

                def moved(x: float, number: int = number, field: str = field) -> Question:
                    changed: list[Measure] = list(measures)
                    changed[number] = changed[number].model_copy(update={field: x})
                    return _again(question, replace(question.courses[0].terms, measures=changed))

                what = "part" if field == "part" else "lead"
                yield Figure(f"{what} of {measure.name}", unit, stated.low, stated.high, moved)


def _again(question: Question, terms: Terms) -> Question:
    courses = [course(c.name, terms, c.disruptions, c.number, c.stated) for c in question.courses]
    return replace(question, courses=courses)


def _likelihoods(question: Question, unsure: Set) -> Iterator[Figure]:
    """Yield how likely a scenario is: from never, to being the only one; all others alike."""
    if question.aim != "expected" or len(question.courses) < 2:
        return
    whole = sum(question.weights)
    for at in sorted(unsure):

        def moved(x: float, at: int = at) -> Question:
            rest = (whole - x) / max(whole - question.weights[at], TINY)
            weights = [x if n == at else w * rest for n, w in enumerate(question.weights)]
            return replace(question, weights=weights)

        yield Figure(
            f"likelihood of {question.courses[at].name} among the scenarios",
            "part",
            0.0,
            whole,
            moved,
        )


def _costs(question: Question, costs_low: Question) -> Iterator[Figure]:
    measures = question.courses[0].terms.measures
    for at, high in question.costs.items():
        low = costs_low.costs[at]
        if low < high:

            def moved(x: float, at: int = at) -> Question:
                return replace(question, costs={**question.costs, at: round(x)})

            yield Figure(f"cost of {measures[at].name}", "cost", low, high, moved)
