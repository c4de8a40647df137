"""What a plan on a graph says: what is left, whether that is proved, what to find out; and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

import pytest
from support.builders import NOON
from support.chains import a_need, a_share, a_table, an_actor, an_input

from corridor.core.errors import CorridorError
from corridor.supply_chain import Plan, Table, graph_of
from corridor.supply_chain.adapters.measures import library
from corridor.supply_chain.adapters.own import shipped
from corridor.supply_chain.adapters.scenarios import library as scenarios
from corridor.supply_chain.errors import BadMeasure, BadPlan, NothingToPlan, UnknownInput
from corridor.supply_chain.rules.plans.measures import Cost, Measure, MeasureKind, Placed
from corridor.supply_chain.rules.scenarios import Scenario
from corridor.supply_chain.service.planning import planned
from corridor.supply_chain.service.plans import Ground, Wanted, pose


def a_table_of(names: Mapping[str, str]) -> Table:
    """Return a small chain, each thing called as told."""
    things = ("sand", "chips", "tubes", "servers")
    c = {each: names.get(each, each) for each in (*things, "helpline", "jp-one", "in-one")}
    return a_table(
        [
            a_share(c["jp-one"], 60.0, input=c["chips"]),
            a_share(c["in-one"], 40.0, input=c["chips"]),
            a_share(c["in-one"], 100.0, input=c["sand"]),
        ],
        [
            a_need(c["sand"], c["chips"], essentiality=1),
            a_need(c["chips"], c["servers"]),
            a_need(c["servers"], c["helpline"]),
            a_need(c["tubes"], c["helpline"], essentiality=1),
        ],
        actors=(an_actor(c["jp-one"], "JP"), an_actor(c["in-one"], "IN")),
        inputs=(
            *(an_input(c[each]) for each in things),
            an_input(c["helpline"], layer="service"),
        ),
    )


def a_placed(
    name: str, kind: str, high: int | None, low: int | None = None, **fields: object
) -> Placed:
    cost = (
        None
        if high is None
        else Cost(low=high if low is None else low, high=high, currency="JPY", source="r")
    )
    stated = {"name": name, "title": name, "kind": kind, "cost": cost, "source": "r"}
    return Placed(
        measure=Measure.model_validate({**stated, **fields}), where=f"{name}.yaml, line 3"
    )


def some_measures(names: Mapping[str, str]) -> list[Placed]:
    chips, sand, tubes = (names.get(each, each) for each in ("chips", "sand", "tubes"))
    return [
        a_placed(names.get("m0", "m0"), "stock", 30, input=chips, days=60),
        a_placed(
            names.get("m1", "m1"), "second-source", 50, 20, input=chips, part=30, country="IN"
        ),
        a_placed(names.get("m2", "m2"), "stock", 10, input=sand, days=90),
        a_placed(
            names.get("m3", "m3"),
            "substitution",
            70,
            input=chips,
            by=tubes,
            part={"low": 20, "high": 80},
        ),
        a_placed(names.get("m4", "m4"), "stock", None, input=chips, days=365),
    ]


def two_scenarios() -> list[Scenario]:
    stated: list[dict[str, object]] = [
        {"name": "japan", "title": "J", "disruptions": [{"kind": "country", "country": "JP", "duration_days": {"low": 30, "high": 200}}]},
        {"name": "india", "title": "I", "disruptions": [{"kind": "country", "country": "IN", "duration_days": 100}]},
    ]  # fmt: skip
    return [Scenario.model_validate(each) for each in stated]


def a_plan(names: Mapping[str, str] | None = None, **fields: object) -> Plan:
    called = names or {}
    ground = Ground([a_table_of(called)], two_scenarios(), some_measures(called))
    wanted = Wanted.model_validate(
        {"budget": 90, "draws": 8, "seconds": 60.0, "figures": 3, **fields}
    )
    return planned(ground, wanted, lambda: NOON)


RENAMED = {
    "sand": "zz-sand", "chips": "a-chips", "tubes": "m-tubes", "servers": "0-servers",
    "jp-one": "zeta", "in-one": "alpha", "helpline": "b-line",
    "m0": "z", "m1": "y", "m2": "x", "m3": "w", "m4": "v",
}  # fmt: skip


def test_a_plan_says_what_it_leaves_and_that_it_is_proved() -> None:
    found = a_plan()

    assert found.exact
    assert found.after == found.step_by_step == found.bound
    assert 0 < found.after < found.before
    assert found.gap == 0
    assert found.steps[-1].left == pytest.approx(found.after)
    assert sum(each.cost_high or 0 for each in found.steps) <= 90
    assert found.stairs[0].loss == found.before
    assert found.stairs[-1].loss == pytest.approx(found.after)
    assert [each.measure for each in found.unpriced] == ["m4"]
    assert {each.weight_source for each in found.scenarios} == {
        "nobody has said how likely each is, so all count alike"
    }


def test_renaming_changes_nothing() -> None:
    one, other = a_plan(), a_plan(RENAMED)

    assert [RENAMED[each.measure] for each in one.steps] == [each.measure for each in other.steps]
    assert (one.before, one.after, one.bound) == (other.before, other.after, other.bound)
    assert [each.loss for each in one.stairs] == [each.loss for each in other.stairs]
    assert [each.regret_at_most for each in one.finding_out] == [
        each.regret_at_most for each in other.finding_out
    ]


@pytest.mark.parametrize("aim", ["expected", "worst-case"])
@pytest.mark.parametrize("reading", ["mean", "low", "high"])
def test_on_a_graph_more_budget_never_leaves_more_whatever_is_to_be_least(
    aim: str, reading: str
) -> None:
    left = [
        a_plan(budget=budget, aim=aim, reading=reading, figures=0)
        for budget in (10, 40, 60, 90, 200)
    ]

    losses = [each.after for each in left]
    assert losses == sorted(losses, reverse=True)
    assert all(each.bound <= each.after <= each.step_by_step <= each.before for each in left)


def test_the_figure_that_would_change_the_plan_comes_first() -> None:
    found = a_plan(figures=20, budget=60)

    names = [each.figure for each in found.finding_out]
    assert "duration of japan" in names
    assert "stocks of chips for servers" in names
    for each in found.finding_out:
        assert each.regret is not None
        assert each.regret <= each.regret_at_most + 1e-9
        assert each.changes_plan == (each.regret > 1e-6)
    changing = [each.regret for each in found.finding_out if each.changes_plan and each.regret]
    assert changing == sorted(changing, reverse=True)


def left(days: float, chosen: set[str]) -> float:
    """Return what measures leave of what Japan takes, over so many days."""
    stated = two_scenarios()[0]
    lasting = {**stated.disruptions[0], "duration_days": days}
    japan = stated.model_copy(update={"disruptions": (lasting,)})
    placed = some_measures({})
    _, question = pose(graph_of([a_table_of({})]), [japan], placed, Wanted(budget=1, draws=8), {})
    return question.loss(frozenset(at for at, p in enumerate(placed) if p.measure.name in chosen))


def test_a_figure_at_its_end_is_what_is_lost_where_it_is_known() -> None:
    ground = Ground([a_table_of({})], two_scenarios()[:1], some_measures({}))
    wanted = Wanted(budget=60, draws=8, figures=50, seconds=60.0)

    found = planned(ground, wanted, lambda: NOON)

    chosen = {each.measure for each in found.steps}
    moved = {each.figure: each for each in found.finding_out}
    lasting = moved["duration of japan"]
    assert lasting.loss_low == pytest.approx(left(30.0, chosen))
    assert lasting.loss_high == pytest.approx(left(200.0, chosen))
    stocks = moved["stocks of chips for servers"]
    assert (stocks.low, stocks.high) == ("0 days", "365 days")
    assert stocks.loss_low == pytest.approx(found.after)
    assert stocks.loss_high == 0.0


def test_a_likelihood_that_somebody_has_said_is_the_weight_and_no_unknown_figure() -> None:
    likely = [
        each.model_copy(update={"likelihood": Scenario.model_validate({
            "name": "x", "title": "x", "likelihood": {"a_year": 0.1, "source": "an office"},
            "disruptions": [{"kind": "country", "country": "JP"}]}).likelihood})
        for each in two_scenarios()
    ]  # fmt: skip
    ground = Ground([a_table_of({})], likely, some_measures({}))

    found = planned(ground, Wanted(budget=90, draws=4, figures=20), lambda: NOON)

    assert [(each.weight, each.weight_source) for each in found.scenarios] == [
        (0.1, "an office")
    ] * 2
    assert not [each for each in found.finding_out if "likelihood" in each.figure]


def wrong(ground: Ground, **fields: object) -> CorridorError:
    wanted = Wanted.model_validate({"budget": 90, "draws": 2, "figures": 0, **fields})
    with pytest.raises(CorridorError) as refused:
        planned(ground, wanted, lambda: NOON)
    return refused.value


def test_what_cannot_be_planned_is_one_error_with_its_place() -> None:
    tables, told, measures = [a_table_of({})], two_scenarios(), some_measures({})
    ground = Ground(tables, told, measures)
    misnamed = a_placed("m9", "stock", 5, input="chip", days=3)
    dollars = Placed(
        measure=measures[0].measure.model_copy(
            update={"name": "m8", "cost": Cost(low=1, high=2, currency="USD", source="r")}
        ),
        where="m8.yaml, line 7",
    )
    nowhere = a_placed("m7", "substitution", 5, input="tubes", into="chips", by="sand")

    assert "A budget of 0 buys nothing" in wrong(ground, budget=0).message
    assert (
        "pays for no measure: the cheapest, m2 (m2.yaml, line 3), costs up to 10"
        in wrong(ground, budget=9).message
    )
    unknown = wrong(replace(ground, placed=[misnamed]))
    assert isinstance(unknown, BadMeasure)
    assert "m9.yaml, line 3" in unknown.message
    assert "the nearest are chips" in unknown.message
    assert (
        "m8.yaml, line 7: m8 costs USD, not JPY"
        in wrong(replace(ground, placed=[*measures, dollars])).message
    )
    assert "chips needs no tubes" in wrong(replace(ground, placed=[nowhere])).message
    assert "there twice" in wrong(replace(ground, placed=[measures[0], measures[0]])).message
    assert isinstance(wrong(replace(ground, placed=measures[4:])), NothingToPlan)
    assert "'japn' to weigh; the nearest are japan" in wrong(ground, weights={"japn": 1}).message
    assert isinstance(wrong(ground, weights={"japan": -1}), BadPlan)
    assert isinstance(wrong(ground, weights={"japan": 0}), BadPlan)
    assert isinstance(wrong(ground, services={"helplin": 1}), UnknownInput)
    assert isinstance(wrong(ground, services={"tubes": 1}), NothingToPlan)


def test_the_measures_that_come_with_corridor_fit_the_shipped_graph_and_each_matters() -> None:
    [found] = library().values()
    terms = Wanted(budget=1, draws=2, parameters={"country": "US"})
    graph = graph_of([shipped(lambda: NOON)])

    _, question = pose(graph, list(scenarios().values()), found, terms, {})

    assert {each.measure.kind for each in found} == set(get_args(MeasureKind))
    assert frozenset[int]().union(*(c.matter for c in question.courses)) == set(range(len(found)))
    costs = [each.measure.cost for each in found]
    assert all(cost is not None and "assumed" in cost.source for cost in costs)
