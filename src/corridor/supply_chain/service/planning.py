"""Plans: which measures to take within a budget, how good that is, and what to find out first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from corridor.core.clock import Clock
from corridor.core.records import Entry, Visibility
from corridor.core.store import Transaction, View
from corridor.supply_chain.errors import BadPlan, NothingToPlan
from corridor.supply_chain.records import FindingOut, FirstStep, Plan, StairStep, Table, TableUsed
from corridor.supply_chain.rules.digests import digest, table_digest, whole_digest
from corridor.supply_chain.rules.graph import graph_of
from corridor.supply_chain.rules.plans.measures import Measure, Measures, Placed, one_currency
from corridor.supply_chain.rules.plans.weighing import EQUAL
from corridor.supply_chain.service.kept import every, one
from corridor.supply_chain.service.plans import (
    MOST_FIGURES,
    Ground,
    Posed,
    Told,
    Wanted,
    planned_for,
    pose,
    posed_of,
    step_of,
    steps_of,
)
from corridor.supply_chain.service.results import ENGINE

if TYPE_CHECKING:  # NumPy and SciPy are not taken in by what starts often
    from corridor.supply_chain.rules.plans.choosing import Question, Step
    from corridor.supply_chain.rules.plans.courses import Set
    from corridor.supply_chain.rules.plans.finding_out import Worth

MOST_STAIRS = 200
"""Steps of the stairs that a record holds at most."""


def planned(ground: Ground, wanted: Wanted, clock: Clock, told: Told = lambda _: None) -> Plan:
    """Return the plan within a budget that leaves the least loss, as far as it was found.

    Raises:
        BadPlan: if the budget pays for nothing, or weights or services are wrong.
        BadMeasure, BadScenario, UnknownInput: if something named is not there, with its place.
        NothingToPlan: if no measure has a cost, or no service loses anything.
    """
    # Only here: NumPy and SciPy are not taken in by what starts often, such as the gateway.
    from corridor.supply_chain.rules.plans.choosing import best, frontier, steps
    from corridor.supply_chain.rules.plans.exact import proved

    currency = one_currency(ground.placed, wanted.currency)
    costs = _costs(ground.placed, wanted.budget)
    told("reading the graph")
    graph = graph_of(ground.tables)
    posed, question = pose(graph, ground.scenarios, ground.placed, wanted, costs)
    found = steps(question, wanted.budget, told)
    step_by_step = best(found, wanted.budget)
    proof = proved(question, wanted.budget, step_by_step, wanted.seconds, told)
    chosen = frozenset(proof.step.chosen)
    worth, unmoved = _worth(question, ground, posed, chosen, wanted, told)
    measures = [each.measure for each in ground.placed]
    used = _used(ground.tables)
    notes = [*posed.notes, *_notes(proof.missing, wanted), *_moved(worth, unmoved)]
    return Plan(
        made_at=clock(),
        services=posed.services,
        aim=wanted.aim,
        reading=wanted.reading,
        budget=wanted.budget,
        currency=currency or "",
        horizon_days=wanted.horizon_days,
        begins_days=wanted.begins_days,
        home=wanted.home,
        draws=wanted.draws,
        seed=wanted.seed,
        engine_version=ENGINE,
        tables=used,
        graph_sha256=whole_digest({each.name: each.sha256 for each in used}),
        measures_sha256=digest(Measures(measures=tuple(measures))),
        scenarios=tuple(planned_for(posed, question.courses, chosen)),
        before=question.loss(frozenset()),
        after=proof.step.loss,
        step_by_step=step_by_step.loss,
        bound=proof.bound,
        exact=proof.exact,
        seconds=wanted.seconds,
        steps=tuple(steps_of(question, proof.step.chosen, measures)),
        stairs=_stairs(frontier([*found, proof.step]), measures),
        unpriced=_unpriced(question, chosen, measures),
        finding_out=tuple(map(_finding_out, worth[:MOST_FIGURES])),
        notes=tuple(notes),
    )


def check_plan(ground: Ground, wanted: Wanted) -> None:
    """Check what can be checked before anything is computed.

    Raises:
        BadPlan, BadMeasure, BadScenario, UnknownInput, NothingToPlan: as `planned`.
    """
    one_currency(ground.placed, wanted.currency)
    _costs(ground.placed, wanted.budget)
    posed_of(graph_of(ground.tables), ground.scenarios, ground.placed, wanted)


def keep(tx: Transaction, plan: Plan, visibility: Visibility = "internal") -> Plan:
    """Sign and keep a plan."""
    kept = plan.model_copy(update={"visibility": visibility})
    tx.append(kept)
    tx.audit("supply_chain.plan_kept", kept.id, graph=kept.graph_sha256, budget=kept.budget)
    return kept


def plans(view: View) -> list[tuple[Entry, Plan]]:
    """Return the plans that are kept here, the own and those of partners, oldest first."""
    return every(view, Plan)


def plan_of(view: View, wanted: str) -> Plan:
    """Return a plan by its record's id, or the beginning of it where that is enough.

    Raises:
        NotFound: if there is none, or several begin so.
    """
    return one(view, Plan, wanted, "plan", "plans")


def _costs(placed: Sequence[Placed], budget: int) -> dict[int, int]:
    """Return what each measure costs at most.

    Raises:
        NothingToPlan: if none has a cost.
        BadPlan: if the budget pays for none.
    """
    if budget <= 0:
        raise BadPlan(f"A budget of {budget:,} buys nothing.", hint="Give one above 0 (--budget).")
    costs = {at: p.measure.cost.high for at, p in enumerate(placed) if p.measure.cost is not None}
    if not costs:
        raise NothingToPlan(
            "No measure has a cost, so none can be held against a budget.",
            hint="Write costs into a file of measures (--measures), or say what those of this "
            "node's records are taken to cost (--generated-cost).",
        )
    cheapest = min(costs, key=lambda at: costs[at])
    if costs[cheapest] > budget:
        each = placed[cheapest]
        raise BadPlan(
            f"A budget of {budget:,} pays for no measure: the cheapest, {each.measure.name} "
            f"({each.where}), costs up to {costs[cheapest]:,}."
        )
    return costs


def _worth(
    question: "Question", ground: Ground, posed: Posed, chosen: "Set", wanted: Wanted, told: Told
) -> "tuple[list[Worth], int]":
    # Only here, as above.
    from corridor.supply_chain.rules.plans.finding_out import worth_finding

    if not wanted.figures:
        return [], 0
    low = {at: c.low for at, p in enumerate(ground.placed) if (c := p.measure.cost) is not None}
    unsure = frozenset(at for at, each in enumerate(posed.scenarios) if each.source == EQUAL)
    cheap = replace(question, costs=low)
    return worth_finding(
        question, cheap, chosen, wanted.budget, wanted.figures, unsure, wanted.seconds, told
    )


def _finding_out(worth: "Worth") -> FindingOut:
    figure = worth.figure
    show: Callable[[float], str] = {
        "part": "{:.0%}".format, "days": "{:g} days".format, "cost": "{:,.0f}".format,
    }.get(figure.unit, "{:g} %".format)  # fmt: skip
    regret = None if worth.regret is None else max(0.0, worth.regret)
    return FindingOut(
        figure=figure.name,
        low=show(figure.low),
        high=show(figure.high),
        changes_plan=worth.changes_plan,
        regret=regret,
        regret_at_most=max(0.0, worth.at_most),
        loss_low=worth.loss_low,
        loss_high=worth.loss_high,
    )


def _stairs(found: "Sequence[Step]", measures: Sequence[Measure]) -> tuple[StairStep, ...]:
    return tuple(
        StairStep(
            budget=each.cost,
            loss=each.loss,
            measures=tuple(measures[at].name for at in each.chosen),
        )
        for each in found[:MOST_STAIRS]
    )


def _unpriced(
    question: "Question", chosen: "Set", measures: Sequence[Measure]
) -> tuple[FirstStep, ...]:
    """Return what nobody has said the cost of, those that avoid most first."""
    nothing = question.loss(frozenset())
    found = [
        step_of(
            measure,
            nothing - question.loss(frozenset((at,))),
            question.loss(chosen | {at}),
        )
        for at, measure in enumerate(measures)
        if measure.cost is None
    ]
    return tuple(sorted(found, key=lambda each: (each.left, -each.avoids_alone))[:MOST_FIGURES])


def _used(tables: Sequence[Table]) -> tuple[TableUsed, ...]:
    return tuple(
        TableUsed(name=each.name, sha256=table_digest(each), licence=each.licence)
        for each in tables
    )


def _moved(worth: "Sequence[Worth]", unmoved: int) -> list[str]:
    if not worth and not unmoved:
        return []
    anew = [each for each in worth if each.regret is not None]
    changing = sum(each.changes_plan for each in anew)
    count = f"{len(worth)} unknown figures could change the plan"
    if unmoved:
        count = f"the time was over before {unmoved} unknown figures were moved; {count}"
    return [f"{count}; for {len(anew)} it was chosen anew at both ends; {changing} change it"]


def _notes(missing: int, wanted: Wanted) -> list[str]:
    found = [
        "every measure counts at its highest cost",
        "a duration that nobody knows is taken to reach the horizon, but at the harmless bound",
        "a recovery that nobody knows is taken to need no time, unknown stocks to be used up",
    ]
    if missing:
        found.append(
            f"the {wanted.seconds:g} s were over before all sets of measures were tried for "
            f"{missing} scenarios: the bound holds, the plan may not be the best"
        )
    return found
