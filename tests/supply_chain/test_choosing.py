"""Choosing by any losses at all: never worse with more budget, never better than proved."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chains import a_need, a_share, a_table
from support.measured import a_measure, stories

from corridor.supply_chain import Disruption, Graph, graph_of
from corridor.supply_chain.rules.plans.choosing import Question, Step, best, frontier, steps
from corridor.supply_chain.rules.plans.courses import Course, Set, Terms, course
from corridor.supply_chain.rules.plans.exact import proved
from corridor.supply_chain.rules.plans.measures import Measure


@dataclass(frozen=True)
class Told:
    """A scenario whose losses are told set by set: what is asked of a `Course`, and no graph."""

    name: str
    losses: Mapping[Set, float]
    matter: Set

    def loss(self, chosen: Set) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.full(3, self.losses[chosen & self.matter])


def a_question(draw: st.DrawFn, count: int, aim: str) -> Question:
    """Any losses that only fall with more measures, whether these weaken or strengthen each other."""
    everything = frozenset(range(count))
    found: list[Course] = []
    for at in range(draw(st.integers(1, 3))):
        losses: dict[Set, float] = {frozenset(): draw(st.integers(0, 100)) / 100}
        for size in range(1, count + 1):
            for each in combinations(range(count), size):
                least = min(losses[frozenset(each) - {one}] for one in each)
                kept = draw(st.sampled_from((0.0, 0.5, 0.9, 1.0)))
                losses[frozenset(each)] = least * kept
        found.append(Told(f"s{at}", losses, everything))  # pyright: ignore[reportArgumentType]  it does what is asked of one
    weights = [draw(st.integers(1, 4)) / 4 for _ in found]
    costs = {at: draw(st.integers(0, 6)) for at in range(count)}
    return Question(found, weights, costs, aim)  # pyright: ignore[reportArgumentType]  one of two words


@st.composite
def questions(draw: st.DrawFn) -> Question:
    return a_question(
        draw, draw(st.integers(1, 4)), draw(st.sampled_from(("expected", "worst-case")))
    )


def least_of_all(question: Question, budget: int) -> float:
    """Try every set: the oracle."""
    every = [
        frozenset(each)
        for size in range(len(question.costs) + 1)
        for each in combinations(question.costs, size)
    ]
    return min(question.loss(each) for each in every if question.cost(each) <= budget)


@settings(deadline=None, max_examples=80)
@given(questions(), st.integers(1, 20))
def test_what_is_proved_is_the_least_of_all_sets(question: Question, budget: int) -> None:
    step_by_step = best(steps(question, budget), budget)

    proof = proved(question, budget, step_by_step, seconds=30.0)

    least = least_of_all(question, budget)
    assert proof.exact
    assert proof.step.loss == pytest.approx(least, abs=1e-9)
    assert proof.bound == pytest.approx(least, abs=1e-6)
    assert proof.step.loss <= step_by_step.loss
    assert proof.step.cost == sum(question.costs[at] for at in proof.step.chosen) <= budget


@settings(deadline=None, max_examples=80)
@given(questions(), st.integers(1, 20), st.integers(0, 10))
def test_a_plan_with_more_budget_is_never_worse(question: Question, budget: int, more: int) -> None:
    less, larger = steps(question, budget), steps(question, budget + more)

    assert best(larger, budget + more).loss <= best(less, budget).loss
    stairs = frontier(larger)
    assert [each.cost for each in stairs] == sorted({each.cost for each in stairs})
    assert all(b.loss < a.loss for a, b in pairwise(stairs))
    assert stairs[-1].loss == pytest.approx(best(larger, budget + more).loss, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(questions(), st.integers(1, 20))
def test_a_proof_that_had_no_time_still_gives_a_bound_that_holds(
    question: Question, budget: int
) -> None:
    step_by_step = best(steps(question, budget), budget)

    proof = proved(question, budget, step_by_step, seconds=0.0)

    least = least_of_all(question, budget)
    assert proof.bound <= least + 1e-9
    assert least <= proof.step.loss + 1e-12
    assert proof.step.loss <= step_by_step.loss


@settings(deadline=None, max_examples=60)
@given(questions(), st.integers(1, 20), st.integers(1, 12))
def test_a_bound_holds_though_not_all_sets_were_tried(
    question: Question, budget: int, most: int
) -> None:
    nothing = Step((), 0, question.loss(frozenset()))

    proof = proved(question, budget, nothing, seconds=30.0, most=most)

    least = least_of_all(question, budget)
    assert proof.bound <= least + 1e-9
    assert least <= proof.step.loss + 1e-12
    assert not proof.exact or proof.step.loss == pytest.approx(least, abs=1e-6)


def test_two_measures_that_help_only_together_are_found_step_by_step() -> None:
    losses = {
        frozenset[int](): 1.0,
        frozenset((0,)): 1.0,
        frozenset((1,)): 1.0,
        frozenset((0, 1)): 0.2,
    }
    told = Told("s", losses, frozenset((0, 1)))
    question = Question([told], [1.0], {0: 3, 1: 4})  # pyright: ignore[reportArgumentType]  as above

    assert best(steps(question, 6), 6).chosen == ()
    assert best(steps(question, 7), 7).chosen == (0, 1)


@settings(deadline=None, max_examples=30)
@given(stories(), st.integers(1, 12), st.sampled_from(("expected", "worst-case")), st.data())
def test_on_a_graph_what_is_proved_is_the_least_of_all_sets_too(
    story: tuple[Graph, list[Measure]],
    budget: int,
    aim: Literal["expected", "worst-case"],
    data: st.DataObject,
) -> None:
    graph, measures = story
    terms = Terms(graph, {"helpline": 1.0}, measures, draws=2)
    japan = Disruption(kind="country", country="JP", duration_days=data.draw(st.floats(1, 400)))
    sand = Disruption(kind="input", inputs=("i1",), part=50, duration_days=100)
    courses = [course("japan", terms, [japan], 0), course("sand", terms, [sand], 1)]
    costs = {at: data.draw(st.integers(0, 6)) for at in range(len(measures))}
    question = Question(courses, [0.7, 0.3], costs, aim)

    step_by_step = best(steps(question, budget), budget)
    proof = proved(question, budget, step_by_step, seconds=30.0)

    least = least_of_all(question, budget)
    assert proof.exact
    assert proof.step.loss == pytest.approx(least, abs=1e-9)
    assert proof.bound <= least + 1e-9
    assert least <= step_by_step.loss + 1e-12


def test_a_circle_of_needs_is_settled_and_measures_still_help() -> None:
    needs = [
        a_need("a", "b"),
        a_need("b", "a", essentiality=1, quantity=0.5),
        a_need("b", "helpline"),
    ]
    graph = graph_of([a_table([a_share("jp-one", 40.0, input="a")], needs)])
    stock = a_measure("stock", input="b", into="helpline", days=400)
    terms = Terms(graph, {"helpline": 1.0}, [stock], draws=2)

    found = course("japan", terms, [Disruption(kind="country", country="JP", duration_days=365)])

    assert found.circular
    # a loses 0.4 at its source, and of the rest half of what b loses, which is what a loses.
    assert found.loss(frozenset())[1] == pytest.approx(0.4 / (1 - 0.6 * 0.5))
    assert found.loss(frozenset((0,)))[1] == 0.0
