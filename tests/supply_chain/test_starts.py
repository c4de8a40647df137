"""Disruptions that begin on days of their own: what shifting, parting and leaving them out changes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chains import a_need, a_share, a_table, an_actor

from corridor.supply_chain import Dependency, Disruption, Graph, Shock, graph_of
from corridor.supply_chain.records import Quantiles
from corridor.supply_chain.rules.hits import hits
from corridor.supply_chain.rules.waves import spread
from corridor.supply_chain.service.shocks import computed

HORIZON = 500.0
ACTORS = (an_actor("jp-one", "JP"), an_actor("kr-one", "KR"))
SHARES = [
    a_share("jp-one", 80.0),
    a_share("kr-one", 20.0),
    a_share("jp-one", 50.0, input="i1"),
    a_share("kr-one", None, input="i1"),
]
whole = st.integers(0, 60)


def a_graph(needs: Sequence[Dependency] = ()) -> Graph:
    return graph_of([a_table(SHARES, [*needs, a_need("chips", "i1")], actors=ACTORS)])


def a_loss(
    actor: str = "jp-one", inputs: Sequence[str] = ("chips",), **fields: object
) -> Disruption:
    stated = {"kind": "supplier", "actor": actor, "inputs": inputs, "duration_days": 10}
    return Disruption.model_validate({**stated, **fields})


def found(
    graph: Graph, *disruptions: Disruption, draws: int = 5, horizon: float = HORIZON
) -> Shock:
    return computed(graph, disruptions, None, draws, 7, horizon=horizon, day_by_day=True)


def later(each: Disruption, days: float) -> Disruption:
    return each.model_copy(update={"start_day": each.start_day + days})


Moments = Sequence[tuple[float, ...]]


def moments(shock: Shock, by: float = 0.0) -> dict[str, Moments]:
    """Return what is lost from day to day, so many days earlier, from the first loss on."""
    rows = {
        of.input: [(e.day - by, e.low, e.high, e.p5, e.median, e.p95) for e in of.moments]
        for of in shock.in_time
    }
    return {
        name: [row for row in each if any(row[1:]) or row[0] > 0] for name, each in rows.items()
    }


def on(day: float, each: Moments) -> tuple[float, ...]:
    """Return the figures of a day."""
    return next((row[1:] for row in reversed(each) if row[0] <= day), (0.0,) * 5)


def figures(found: Quantiles | None) -> tuple[float, ...]:
    """Return figures in order; what has no end is infinite."""
    assert found is not None
    stated = (found.low, found.p5, found.median, found.p95, found.high)
    return tuple(float("inf") if each is None else each for each in stated)


def assert_alike(one: Mapping[str, Moments], other: Mapping[str, Moments]) -> None:
    """Check that the bounds and draws of every day are the same, but for rounding."""
    assert one.keys() == other.keys()
    for name in one:
        for day in {round(row[0], 6) for row in (*one[name], *other[name])}:
            a, b = on(day + 1e-5, one[name]), on(day + 1e-5, other[name])
            assert a == pytest.approx(b, abs=1e-4), (name, day)


@st.composite
def chains(draw: st.DrawFn) -> list[Dependency]:
    ends = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(2, 5)), max_size=6, unique=True))
    return [
        a_need(
            f"i{a}",
            f"i{b}",
            essentiality=draw(st.integers(1, 2)),
            quantity=0.5,
            inventory_days=draw(st.none() | whole),
            **draw(st.fixed_dictionaries({}, optional={"lag_days": whole, "ramp_days": whole})),
        )
        for a, b in ends
        if a < b
    ]


@st.composite
def losses(draw: st.DrawFn) -> Disruption:
    return a_loss(
        draw(st.sampled_from(("jp-one", "kr-one"))),
        draw(st.sampled_from((("chips",), ("i1",), ("chips", "i1")))),
        start_day=draw(whole),
        duration_days=draw(st.none() | whole | st.just({"low": 5, "high": 50})),
        recovery_days=draw(st.none() | whole),
        part=draw(st.sampled_from((50, 100, {"low": 20, "high": 80}))),
    )


together = st.lists(losses(), min_size=1, max_size=3)


@settings(deadline=None, max_examples=30)
@given(chains(), together, st.integers(1, 90))
def test_all_that_begins_later_by_some_days_is_the_same_some_days_later(
    needs: list[Dependency], disruptions: list[Disruption], days: int
) -> None:
    graph = a_graph(needs)
    first = min(each.start_day for each in disruptions)
    zero = [later(each, -first) for each in disruptions]

    one = found(graph, *zero)
    other = found(graph, *[later(each, days) for each in zero], horizon=HORIZON + days)

    for now, then in zip(one.losses, other.losses, strict=True):
        assert then.model_dump(exclude={"begins", "days"}) == now.model_dump(
            exclude={"begins", "days"}
        )
        assert figures(then.days) == pytest.approx(figures(now.days), abs=1e-6)
        moved = tuple(each + days for each in figures(now.begins))
        assert figures(then.begins) == pytest.approx(moved, abs=1e-6)
    assert_alike(moments(one), moments(other, by=days))


@settings(deadline=None, max_examples=30)
@given(chains(), whole, whole, whole, st.integers(0, 30))
def test_what_has_recovered_before_the_next_begins_is_as_if_it_were_alone(
    needs: list[Dependency], duration: int, recovery: int, longer: int, pause: int
) -> None:
    graph = a_graph(needs)
    one = a_loss(duration_days=duration, recovery_days=recovery)
    other = a_loss(
        "kr-one", duration_days=longer, recovery_days=5, start_day=duration + recovery + pause + 1
    )

    both, alone, after = found(graph, one, other), found(graph, one), found(graph, other)

    by_itself: dict[str, float] = {}
    for each in (*alone.losses, *after.losses):
        by_itself[each.input] = max(by_itself.get(each.input, 0.0), each.high)
    assert {e.input: e.high for e in both.losses} == by_itself
    first, then = moments(alone), moments(after)
    joined = {
        name: [row for row in first.get(name, ()) if row[0] < other.start_day]
        + [row for row in then.get(name, ()) if row[0] >= other.start_day]
        for name in first.keys() | then.keys()
    }
    assert_alike(moments(both), joined)


@settings(deadline=None, max_examples=30)
@given(chains(), together, losses())
def test_what_begins_after_the_horizon_changes_nothing(
    needs: list[Dependency], disruptions: list[Disruption], more: Disruption
) -> None:
    graph, beyond = a_graph(needs), later(more, 200)

    without, with_it = (found(graph, *disruptions, *each, horizon=200) for each in ((), (beyond,)))

    assert with_it.model_copy(update={"left_out": ()}) == without
    assert [each.day for each in with_it.left_out] == [beyond.start_day]


@settings(deadline=None, max_examples=30)
@given(chains(), together)
def test_no_day_loses_more_than_the_worst_day(
    needs: list[Dependency], disruptions: list[Disruption]
) -> None:
    shock = found(a_graph(needs), *disruptions)

    worst = {each.input: each for each in shock.losses}
    for of in shock.in_time:
        for each in of.moments:
            assert each.high <= worst[of.input].high + 1e-9, (of.input, each.day)
            assert each.low - 1e-9 <= each.p5 <= each.median <= each.p95 <= each.high + 1e-9


@settings(deadline=None, max_examples=30)
@given(chains(), together)
def test_without_stocks_the_worst_day_is_one_on_which_something_begins(
    needs: list[Dependency], disruptions: list[Disruption]
) -> None:
    at_once = [each.model_copy(update={"inventory_days": None, "lag_days": None}) for each in needs]
    shock = found(a_graph(at_once), *disruptions)

    starts = {each.start_day for each in disruptions}
    days = {of.input: of.moments for of in shock.in_time}
    for each in shock.losses:
        felt = {e.day: e for e in days[each.input]}
        assert max(e.high for e in felt.values()) == each.high
        assert each.high in {e.high for day, e in felt.items() if day in starts}


@settings(deadline=None, max_examples=30)
@given(chains(), together, losses())
def test_one_more_disruption_never_makes_a_day_better(
    needs: list[Dependency], disruptions: list[Disruption], more: Disruption
) -> None:
    graph = a_graph([each.model_copy(update={"lag_days": None}) for each in needs])
    fewer, all_of_them = found(graph, *disruptions), found(graph, *disruptions, more)

    worse = {each.input: each for each in all_of_them.losses}
    for each in fewer.losses:
        assert worse[each.input].high >= each.high - 1e-9


def test_stocks_that_were_being_used_up_are_not_full_again_for_the_next_loss() -> None:
    needs = [a_need("i1", "i2", inventory_days=30)]
    one, other = (
        a_loss(inputs=("i1",), duration_days=25),
        a_loss("kr-one", inputs=("chips",), start_day=20, duration_days=20),
    )

    shock = found(a_graph(needs), one, other)

    felt = next(each for each in shock.losses if each.input == "i2")
    assert felt.begins is not None
    assert felt.begins.low == 30  # the loss goes on through the other's, so the stocks end
    assert felt.days is not None
    assert felt.days.high == 10


def test_stocks_are_full_again_once_nothing_is_lost_any_more() -> None:
    needs = [a_need("i1", "i2", inventory_days=30)]
    one = a_loss(inputs=("i1",), duration_days=25)

    shock = found(a_graph(needs), one, later(one, 30))

    assert "i2" not in {each.input for each in shock.losses}


def test_who_is_hit_twice_keeps_what_the_one_leaves_of_what_the_other_leaves() -> None:
    half, again = a_loss(part=50), a_loss(part=50, start_day=5)
    country = Disruption.model_validate({"kind": "country", "country": "JP", "duration_days": 9})

    def worst(*disruptions: Disruption) -> tuple[float, float]:
        loss = next(e for e in found(a_graph(), *disruptions).losses if e.input == "chips")
        return loss.low, loss.high

    assert worst(half, again) == (pytest.approx(0.6), pytest.approx(0.6))
    assert worst(half, a_loss(start_day=5)) == (pytest.approx(0.8), pytest.approx(0.8))
    assert worst(half, country) == (pytest.approx(0.8), pytest.approx(0.8))
    assert worst(half, a_loss("kr-one", part=50)) == (pytest.approx(0.5), pytest.approx(0.5))


def test_a_price_that_rises_later_is_the_dearest_then() -> None:
    needs = [a_need("i1", "i2", quantity=0.5), a_need("chips", "i2", quantity=0.5)]
    graph = graph_of([a_table(SHARES, needs, actors=ACTORS)])

    def dearer(name: str, **fields: object) -> Disruption:
        return Disruption.model_validate({"kind": "price", "inputs": [name], **fields})

    first = dearer("i1", rise=40, duration_days=10, recovery_days=20)
    beside = found(graph, first, dearer("chips", rise=60, start_day=20))
    after = found(graph, first, dearer("chips", rise=10, start_day=90))

    assert {e.input: (e.high, e.begins_day) for e in beside.prices} == {
        "i1": (pytest.approx(0.4), 0.0),
        "chips": (pytest.approx(0.6), 20.0),
        "i2": (pytest.approx(0.4), 0.0),  # a half of 60, and a half of the half of 40 that is left
    }
    assert {e.input: e.high for e in after.prices}["i2"] == pytest.approx(0.2)


def test_each_disruption_is_drawn_to_last_for_its_own_time() -> None:
    lasts = {"low": 5, "high": 50}
    each = [
        a_loss(inputs=("chips",), duration_days=lasts),
        a_loss("jp-one", inputs=("i1",), duration_days=lasts, start_day=20),
    ]
    graph = graph_of([a_table(SHARES, actors=ACTORS)])

    shock = spread(graph, hits(graph, each), np.random.default_rng(0), 50, each)

    one, other = (shock.days(name)[2:] for name in ("chips", "i1"))
    assert len(set(one.tolist())) == len(set(other.tolist())) == 50
    assert (one != other).all()


def test_what_begins_when_is_said_in_order() -> None:
    shock = found(
        a_graph(),
        a_loss(start_day=40),
        a_loss("kr-one"),
        a_loss("kr-one", inputs=("i1",), start_day=40),
        a_loss(start_day=HORIZON),
    )

    assert [(e.day, e.what) for e in shock.begins] == [
        (0.0, "supplier kr-one: chips"),
        (40.0, "supplier jp-one: chips; supplier kr-one: i1"),
    ]
    assert [(e.day, e.what) for e in shock.left_out] == [(HORIZON, "supplier jp-one: chips")]
