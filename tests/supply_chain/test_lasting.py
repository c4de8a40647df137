"""Stocks, substitutes and recovery: what is handed on, for how long, and that all of it is drawn."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chains import a_need, a_share, a_table, an_actor

from corridor.supply_chain import Dependency, Disruption, Loss, graph_of
from corridor.supply_chain.rules.hits import hits
from corridor.supply_chain.rules.waves import spread
from corridor.supply_chain.service.shocks import computed

ACTORS = (an_actor("jp-one", "JP"),)
GONE = {"kind": "country", "country": "JP"}


def lost(
    needs: Sequence[Dependency],
    *,
    draws: int = 400,
    seed: int = 0,
    fields: Mapping[str, object] | None = None,
    **more: object,
) -> Mapping[str, Loss]:
    graph = graph_of([a_table([a_share("jp-one", 80.0)], needs, actors=ACTORS)])
    disruption = Disruption.model_validate({**GONE, **(fields or {}), **more})
    found = computed(graph, [disruption], None, draws, seed)
    return {each.input: each for each in found.losses}


def test_stocks_are_used_up_one_after_the_other() -> None:
    needs = [
        a_need("chips", "servers", inventory_days=30),
        a_need("servers", "halls", inventory_days=30),
    ]

    short, long = (lost(needs, duration_days=days) for days in (50, 70))

    assert "servers" in short
    assert "halls" not in short  # of 50 days 20 are left when the stocks of chips have ended
    assert long["halls"].low == long["halls"].high == pytest.approx(0.8)
    assert long["halls"].days is not None
    assert long["halls"].days.high == pytest.approx(10)


def test_a_loss_that_falls_while_stocks_last_is_handed_on_as_it_is_then() -> None:
    needs = [a_need("chips", "servers", inventory_days=40)]

    found = lost(needs, duration_days=30, recovery_days=20)["servers"]

    assert found.high == pytest.approx(0.4)  # ten of twenty days of recovery are over
    assert found.days is not None
    assert found.days.median == pytest.approx(10)


def test_a_substitute_makes_up_for_what_it_can_when_the_stocks_end() -> None:
    def servers(**fields: object) -> float:
        needs = [a_need("chips", "servers", inventory_days=30, **fields)]
        found = lost(needs, duration_days=100)
        return found["servers"].high if "servers" in found else 0.0

    assert servers() == pytest.approx(0.8)
    assert servers(lag_days=40, ramp_days=0) == pytest.approx(0.8)
    assert servers(lag_days=20, ramp_days=20) == pytest.approx(0.4)
    assert servers(lag_days=20, ramp_days=0) == 0.0
    assert servers(lag_days=20) == pytest.approx(0.8)  # nobody says when it is there in full


def test_a_duration_that_nobody_knows_is_from_no_time_to_for_ever() -> None:
    found = lost([a_need("chips", "servers", inventory_days=30)])["servers"]

    assert (found.low, found.high) == (0.0, pytest.approx(0.8))
    assert found.days is not None
    assert (found.days.low, found.days.high) == (0.0, None)


UNCERTAIN: Mapping[str, tuple[dict[str, object], dict[str, object]]] = {
    "the duration": ({}, {"duration_days": {"low": 10, "high": 90}}),
    "the recovery": ({}, {"duration_days": 10, "recovery_days": {"low": 10, "high": 90}}),
    "the stocks": ({"inventory_days_low": 10, "inventory_days_high": 90}, {"duration_days": 50}),
    "the lag": ({"lag_days_low": 0, "lag_days_high": 40, "ramp_days": 60}, {"duration_days": 99}),
    "the ramp": (
        {"lag_days": 10, "ramp_days_low": 0, "ramp_days_high": 90},
        {"duration_days": 99},
    ),
    "the part": ({}, {"duration_days": 99, "part": {"low": 10, "high": 90}}),
    "the quantity": (
        {"essentiality": 1, "quantity_low": 0.1, "quantity_high": 0.9},
        {"duration_days": 99},
    ),
}


@pytest.mark.parametrize("what", UNCERTAIN)
def test_everything_that_is_uncertain_is_drawn_by_the_seed(what: str) -> None:
    need, fields = UNCERTAIN[what]
    stocks: dict[str, object] = {} if what == "the stocks" else {"inventory_days": 30}
    needs = [a_need("chips", "servers", **{**stocks, **need})]

    found, again, other = (lost(needs, seed=seed, fields=fields)["servers"] for seed in (1, 1, 2))

    assert found == again
    assert found != other
    assert found.days is not None
    drawn = (found.p5, found.median, found.p95, found.days.p5, found.days.median, found.days.p95)
    assert len(set(drawn)) > 3, drawn
    assert found.low <= found.p5 <= found.median <= found.p95 <= found.high
    assert found.low < found.high


def test_one_disruption_lasts_as_long_for_all_that_it_takes() -> None:
    needs = [a_need("chips", "servers"), a_need("tubes", "radios")]
    shares = [a_share("jp-one", 80.0), a_share("jp-one", 80.0, input="tubes")]
    graph = graph_of([a_table(shares, needs, actors=ACTORS)])
    fields = {**GONE, "duration_days": {"low": 10, "high": 90}}
    each = [Disruption.model_validate(fields)]

    found = spread(graph, hits(graph, each), np.random.default_rng(0), 50, each)

    assert (found.days("servers") == found.days("radios")).all()


days = st.floats(0, 100)


@st.composite
def between(draw: st.DrawFn, name: str) -> dict[str, float]:
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return {}
    if kind == 1:
        return {name: draw(days)}
    low, high = sorted((draw(days), draw(days)))
    return {f"{name}_low": low, f"{name}_high": high}


@st.composite
def dependencies(draw: st.DrawFn) -> list[Dependency]:
    ends = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
    ends = [("chips" if a == 0 else f"i{a}", f"i{b}") for a, b in ends if a != b and b]
    return [
        a_need(
            a, b,
            essentiality=draw(st.integers(0, 2)),
            **draw(between("inventory_days")), **draw(between("lag_days")),
            **draw(between("ramp_days")),
        )
        for a, b in dict.fromkeys(ends)
    ]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(dependencies(), between("duration_days"), days)
def test_draws_lie_within_the_bounds_whatever_is_unknown(
    needs: list[Dependency], lasting: dict[str, float], recovery: float
) -> None:
    duration: object = lasting.get("duration_days")
    if "duration_days_low" in lasting:
        duration = {"low": lasting["duration_days_low"], "high": lasting["duration_days_high"]}
    fields = {**GONE, "duration_days": duration, "recovery_days": recovery}
    disruption = Disruption.model_validate(fields)
    graph = graph_of([a_table([a_share("jp-one", 80.0)], needs, actors=ACTORS)])

    found = spread(graph, hits(graph, [disruption]), np.random.default_rng(0), 20, [disruption])

    assert found.settled
    for name, loss in found.losses.items():
        assert (loss >= loss[0] - 1e-9).all(), name
        assert (loss <= loss[1] + 1e-9).all(), name


@settings(deadline=None, max_examples=60)
@given(dependencies(), days, days, days, days)
def test_what_lasts_longer_never_costs_less(
    needs: list[Dependency], one: float, other: float, recovery: float, more: float
) -> None:
    short, long = sorted((one, other))
    small = lost(needs, draws=1, duration_days=short, recovery_days=recovery)
    large = lost(needs, draws=1, duration_days=long, recovery_days=recovery + more)

    for name, each in small.items():
        assert large[name].high >= each.high - 1e-9
        assert large[name].low >= each.low - 1e-9


@pytest.mark.parametrize(
    "fields",
    [
        {"inventory_days_low": 3},
        {"lag_days_low": 3, "lag_days_high": 2},
        {"ramp_days": 9, "ramp_days_low": 1, "ramp_days_high": 5},
        {"inventory_days": -1},
        {"inventory_days": float("nan")},
    ],
)
def test_days_that_make_no_sense_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"bound|order|greater|finite"):
        a_need("chips", "servers", **fields)
