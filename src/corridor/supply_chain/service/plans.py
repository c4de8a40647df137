"""What to do first: which measures leave the least loss, within a budget or one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from corridor.core.records import Entry, Part, Visibility
from corridor.supply_chain.errors import NothingToPlan
from corridor.supply_chain.records import Country, DaysLost, FirstStep, PlannedFor, Table
from corridor.supply_chain.rules.graph import Graph
from corridor.supply_chain.rules.plans.measures import Cost, Measure, Placed, check_measures
from corridor.supply_chain.rules.plans.weighing import Weighed, shares_of_services, weighed
from corridor.supply_chain.rules.scenarios import Scenario, check

if TYPE_CHECKING:  # NumPy is not taken in by what starts often
    from corridor.supply_chain.rules.lasting import Floats
    from corridor.supply_chain.rules.plans.choosing import Question
    from corridor.supply_chain.rules.plans.courses import Course, Set

Told = Callable[[str], None]
MOST_FIGURES = 100
"""Figures worth finding out, and measures without a cost: a record holds no more."""
UNIT = "share of service-days lost over the horizon, services and scenarios weighted"


class Terms(Part):
    """What a plan is worked out under."""

    services: dict[str, float] = Field(default_factory=dict[str, float])
    """What each counts; if none is named, those of this node alike, else all of the graph."""
    weights: dict[str, float] = Field(default_factory=dict[str, float])
    """What each scenario counts; if none is named, as their likelihoods say, else alike."""
    parameters: dict[str, str] = Field(default_factory=dict[str, str])
    countries: tuple[str, ...] = ()
    """What a scenario's `country` stands for in turn, where it is not given."""
    aim: Literal["expected", "worst-case"] = "expected"
    reading: Literal["mean", "low", "high"] = "mean"
    home: Country | None = None
    horizon_days: float = Field(default=365.0, ge=1, le=3_650)
    begins_days: float = Field(default=0.0, ge=0, le=36_500)
    draws: int = Field(default=64, ge=1, le=10_000)
    seed: int = Field(default=0, ge=0)


class Wanted(Terms):
    """What a plan is wanted for."""

    budget: int = Field(le=10**15)
    """Whole units of the currency; every measure counts at its highest cost."""
    currency: str | None = None
    """That of the measures, if none is named."""
    seconds: float = Field(default=20.0, gt=0, le=3_600)
    """Time limit of the proof, and of finding out."""
    figures: int = Field(default=12, ge=0, le=MOST_FIGURES)
    """For how many unknown figures a plan is chosen anew; 0 moves none."""


PLAN = "supply_chain.plan"
"""The job that makes a plan and keeps it."""


class ToPlan(Part):
    """What a job is told: what to plan for, and who may see what comes of it."""

    scenarios: tuple[Scenario, ...]
    placed: tuple[Placed, ...]
    wanted: Wanted
    generated_cost: Cost | None = None
    tables: tuple[str, ...] = ()
    visibility: Visibility = "internal"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan stands on: tables of facts, scenarios, and measures with their places."""

    tables: Sequence[Table]
    scenarios: Sequence[Scenario]
    placed: Sequence[Placed]


class CitedPlan(Part):
    """A kept plan that counts a service."""

    entry: Entry
    """Where it lies, in whose log, under which digest."""
    measures: tuple[str, ...]
    budget: int
    currency: str
    same_facts: bool
    """Whether the tables are still those that it was made on."""


class FirstSteps(Part):
    """What to do first for some services: the measures that avoid most, one after the other."""

    unit: str = UNIT
    services: dict[str, float]
    before: float
    """The loss without any measure: the mean of the draws, the scenarios weighted."""
    steps: tuple[FirstStep, ...]
    """Each the one that avoids most beside those before it, whatever it costs."""
    scenarios: tuple[PlannedFor, ...]
    """What each takes, without a measure and with all steps."""
    notes: tuple[str, ...]
    """What was assumed."""
    plan: CitedPlan | None = None
    """The newest kept plan of this node that counts one of the services."""


class Posed(Part):
    """The scenarios and services of a question, in words."""

    services: dict[str, float]
    scenarios: tuple[Weighed, ...]
    notes: tuple[str, ...]


def first_steps(
    graph: Graph,
    scenarios: Sequence[Scenario],
    placed: Sequence[Placed],
    terms: Terms,
    most: int = 5,
) -> FirstSteps:
    """Return the measures that avoid most loss, one after the other, whatever each costs.

    Raises:
        BadMeasure, BadScenario, BadPlan, UnknownInput: if something named is not there.
    """
    # Only here: NumPy is not taken in by what starts often, such as the gateway.
    from corridor.supply_chain.rules.plans.choosing import ranking

    measures = [each.measure for each in placed]
    posed, question = pose(graph, scenarios, placed, terms, dict.fromkeys(range(len(measures)), 1))
    order = ranking(question, most)
    return FirstSteps(
        services=posed.services,
        before=question.loss(frozenset()),
        steps=tuple(steps_of(question, order, measures)),
        scenarios=tuple(planned_for(posed, question.courses, frozenset(order))),
        notes=posed.notes,
    )


def posed_of(
    graph: Graph, scenarios: Sequence[Scenario], placed: Sequence[Placed], terms: Terms
) -> Posed:
    """Return the scenarios and services of a question, with all names looked up.

    Raises:
        BadMeasure, BadScenario, BadPlan, UnknownInput: if something named is not there.
    """
    check_measures(placed, graph)
    services, notes = shares_of_services(graph, terms.services), list[str]()
    abroad = [each for each in terms.countries if each != terms.home]
    found = weighed(scenarios, terms.parameters, abroad, terms.weights, notes)
    for each in found:
        check(each.disruptions, graph)
    return Posed(services=services, scenarios=tuple(found), notes=tuple(notes))


def pose(
    graph: Graph,
    scenarios: Sequence[Scenario],
    placed: Sequence[Placed],
    terms: Terms,
    costs: Mapping[int, int],
) -> "tuple[Posed, Question]":
    """Return a question that can be answered: every scenario ready to be settled.

    Raises:
        BadMeasure, BadScenario, BadPlan, UnknownInput: if something named is not there.
        NothingToPlan: if no service loses anything.
    """
    # Only here: NumPy is not taken in by what starts often, such as the gateway.
    from corridor.supply_chain.rules.plans.choosing import Question
    from corridor.supply_chain.rules.plans.courses import Terms as Common
    from corridor.supply_chain.rules.plans.courses import course

    posed = posed_of(graph, scenarios, placed, terms)
    common = Common(
        graph=graph,
        services=posed.services,
        measures=[each.measure for each in placed],
        horizon=terms.horizon_days,
        begins=terms.begins_days,
        home=terms.home,
        draws=terms.draws,
        seed=terms.seed,
    )
    courses = [course(w.label, common, w.disruptions, at) for at, w in enumerate(posed.scenarios)]
    if not any(each.loss(frozenset()).any() for each in courses):
        raise NothingToPlan("No service loses anything under these scenarios.")
    weights = [each.weight for each in posed.scenarios]
    return posed, Question(courses, weights, costs, terms.aim, terms.reading)


def steps_of(
    question: "Question", order: Sequence[int], measures: Sequence[Measure]
) -> list[FirstStep]:
    """Return measures with what each avoids, and what is left after it and those before."""
    nothing = question.loss(frozenset())
    return [
        step_of(
            measures[at],
            nothing - question.loss(frozenset((at,))),
            question.loss(frozenset(order[: place + 1])),
        )
        for place, at in enumerate(order)
    ]


def step_of(measure: Measure, avoids_alone: float, left: float) -> FirstStep:
    """Return a measure as a step."""
    cost = measure.cost
    return FirstStep(
        measure=measure.name,
        title=measure.title,
        kind=measure.kind,
        cost_low=None if cost is None else cost.low,
        cost_high=None if cost is None else cost.high,
        cost_source=None if cost is None else cost.source,
        source=measure.source,
        avoids_alone=avoids_alone,
        left=left,
    )


def planned_for(posed: Posed, courses: "Sequence[Course]", chosen: "Set") -> list[PlannedFor]:
    """Return what each scenario takes, without measures and with those chosen."""
    return [
        PlannedFor(
            scenario=each.scenario.name,
            parameters=each.parameters,
            sha256=each.sha256,
            weight=each.weight,
            weight_source=each.source,
            before=loss_of(course.loss(frozenset())),
            after=loss_of(course.loss(chosen)),
        )
        for each, course in zip(posed.scenarios, courses, strict=True)
    ]


def loss_of(loss: "Floats") -> DaysLost:
    """Return a loss by its bounds and its draws."""
    draws = sorted(float(each) for each in loss[2:])
    return DaysLost(
        low=float(loss[0]),
        high=float(loss[1]),
        mean=sum(draws) / len(draws),
        p5=draws[round(0.05 * (len(draws) - 1))],
        p95=draws[round(0.95 * (len(draws) - 1))],
    )
